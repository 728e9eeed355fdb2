"""Which web request and which job a log record belongs to.  Imported while logging is set up: no Django here."""

import contextvars
import logging
import re

from pythonjsonlogger.json import JsonFormatter

request_id = contextvars.ContextVar("request_id", default="")
job_id = contextvars.ContextVar("job_id", default="")


class LogContext(logging.Filter):
    """Puts the ids of the web request and of the job on each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.job_id = job_id.get()
        return True


class WithoutSecrets(JsonFormatter):
    """The link in an invitation is a secret until it is spent: whatever line it comes into, it is cut out."""

    SLASH = "(?:/|%2F)"
    INVITATION = re.compile(rf"({SLASH}invitations{SLASH})(?!\d+{SLASH})[^/\s\"'&?\\]+", re.IGNORECASE)

    def format(self, record: logging.LogRecord) -> str:
        return self.INVITATION.sub(r"\1...", super().format(record))
