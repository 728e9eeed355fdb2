"""Which web request and which job a log record belongs to.  Imported while logging is set up: no Django here."""

import contextvars
import logging

request_id = contextvars.ContextVar("request_id", default="")
job_id = contextvars.ContextVar("job_id", default="")


class LogContext(logging.Filter):
    """Puts the ids of the web request and of the job on each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.job_id = job_id.get()
        return True
