"""Secrets of the embedded stack: made on first use, kept in one file that only its owner may read.

Two processes may ask for them at the same moment.  Each writes a complete file of its own and tries to link it to the
final name; the link succeeds for exactly one of them, and both then read what the winner wrote.
"""

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import StackError


@dataclass(frozen=True)
class Secrets:
    django_secret_key: str
    postgres_admin_password: str
    postgres_password: str
    s3_access_key_id: str
    s3_secret_access_key: str


def read_or_make(path: Path) -> Secrets:
    if not path.exists():
        _make(path)
    try:
        return Secrets(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as problem:
        raise StackError(
            f"The secrets of the embedded stack in {path} cannot be read ({problem}). Restore that file from a copy, "
            "or run `make clean` to begin again with an empty archive."
        ) from problem


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    # mkstemp opens with mode 0600, so the file is never readable by others, not even for a moment.
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(_fresh()), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def _fresh() -> Secrets:
    return Secrets(
        django_secret_key=secrets.token_urlsafe(50),
        postgres_admin_password=secrets.token_urlsafe(24),
        postgres_password=secrets.token_urlsafe(24),
        s3_access_key_id=secrets.token_hex(10).upper(),
        s3_secret_access_key=secrets.token_urlsafe(30),
    )
