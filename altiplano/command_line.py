"""What `manage.py` says where a command cannot go on: the database is away, the store is, or somebody pressed Ctrl-C.

The database is asked before a command begins, for the pool behind it would go on trying without a word.  A class of
commands may say `needs_database = False`, the exit status `not_done` of one that did not come to its end (1), and in
`stopped` what is so after Ctrl-C.
"""

import os
import select
import signal
import sys

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from psycopg.errors import UndefinedTable

from altiplano.stack.errors import StackError
from archive.errors import ArchiveError, TransientError

INTERRUPTED, UNREAD = 130, 141  # as shells say it
PATIENCE_SECONDS = 5
OURS = {"altiplano", "archive", "products", "restores"}
ASKING = {"changepassword", "clearsessions", "createcachetable", "createsuperuser", "migrate", "showmigrations"}
STOPPED = "What was done by then stays done; the same command may be run again."
# of what the server said: the connection ended or was refused, it is ending or starting, there is no such database
AWAY = ("08", "28", "3D", "53300", "57P")
FULL = ("53100", "53200")  # its disk, its memory


OUTSIDE = (ArchiveError, TransientError, StackError, ImproperlyConfigured)  # each says what and what next
TOLD = (*OUTSIDE, OperationalError, InterfaceError, ProgrammingError, psycopg.OperationalError)


class DatabaseAwayError(TransientError):
    def __init__(self, error: BaseException) -> None:
        super().__init__(f"The database at {_place()} does not answer ({_why(error)}). {_remedy()}")


class CommandLine(ManagementUtility):
    """Django's, which remembers the command that runs."""

    command: object = None

    def fetch_command(self, subcommand):
        command = super().fetch_command(subcommand)
        if subcommand == self.argv[1]:
            self.command = command
            if _asks_database(subcommand, command) and not {"-h", "--help"} & set(self.argv):
                require_database()
        return command


def main(argv: list[str]) -> int:
    """Run the command; its exit status, where it did not end the process itself."""
    line = CommandLine(argv)
    try:
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # of manage.py, while it was imported
            signal.signal(signal.SIGINT, signal.default_int_handler)
        line.execute()
    except KeyboardInterrupt:
        return _interrupted(line)
    except BrokenPipeError:
        if not _is_unread():
            raise
        return UNREAD
    except TOLD as error:
        if _followed_ctrl_c(error):
            return _interrupted(line)
        sentence = "" if "--traceback" in argv else _sentence(error)
        if not sentence:
            raise
        return _tell(sentence, getattr(line.command, "not_done", 1))
    return 0


def _interrupted(line: CommandLine) -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever does not want to wait for threads presses again
    return _tell(f"Interrupted. {getattr(line.command, 'stopped', STOPPED)}", INTERRUPTED)


def _followed_ctrl_c(error: BaseException | None) -> bool:
    """Whether it came up while Ctrl-C was dealt with: a session that was cut off in a statement takes no other one."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def require_database() -> None:
    """Pass when the database answers; asked without the pool, which would not say why it does not."""
    params = {"connect_timeout": PATIENCE_SECONDS, **connection.get_connection_params()}
    params.pop("pool", None)
    try:
        psycopg.connect(**params).close()
    except psycopg.OperationalError as error:
        raise DatabaseAwayError(error) from error


def _is_unread() -> bool:
    """Whether who read the answer has left, as `head` does; what is left of it goes nowhere."""
    looking = select.poll()
    looking.register(sys.stdout, 0)
    unread = any(event & select.POLLERR for _, event in looking.poll(0))
    if unread:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return unread


def _asks_database(name, command) -> bool:
    if type(command).__module__.partition(".")[0] in OURS:
        return getattr(command, "needs_database", True)
    return name in ASKING


def _sentence(error: BaseException) -> str:
    """Nothing for what is our own mistake."""
    if isinstance(error, OUTSIDE):
        return f"{error} {getattr(error, 'remedy', '')}".strip()
    if isinstance(error.__cause__, UndefinedTable):
        return f"The database at {_place()} lacks tables of ours. Make them with `manage.py migrate`."
    if _state(error) in FULL:
        return f"The database at {_place()} is out of room ({_why(error)}). Make room there, then run this again."
    return str(DatabaseAwayError(error)) if _is_away(error) else ""


def _is_away(error: BaseException) -> bool:
    """Whether it is the connection that is wrong, not the statement."""
    if isinstance(error, ProgrammingError):
        return False
    state = _state(error)
    return state is None or state.startswith(AWAY)


def _state(error: BaseException) -> str | None:
    cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
    return getattr(cause, "sqlstate", None)


def _place() -> str:
    """Without user and password."""
    database = connection.settings_dict
    return f"{database['HOST'] or 'the local socket'}:{database['PORT'] or 5432}/{database['NAME']}"


def _why(error: BaseException) -> str:
    """The end of what the driver says, which names the place too, and once for each address of it."""
    first = next(iter(str(error).strip().splitlines()), "")
    return " ".join(first.rpartition("failed: ")[2].removeprefix("FATAL:").split()).strip(".") or type(error).__name__


def _remedy() -> str:
    if os.environ.get("ALTIPLANO_DATABASE_URL"):
        return "See whether it runs and whether ALTIPLANO_DATABASE_URL is right, then run the same command again."
    return "See whether it runs (`python -m altiplano.stack start` starts it), then run the same command again."


def _tell(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    return status
