"""Which archive is asked, and the token that says for whom.

A token comes from a file or the environment, never from the command line, which every process of the machine can read;
one of the configuration is good for the archive in whose section it stands.
"""

from __future__ import annotations

import configparser
import os
import pkgutil
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from altiplano_client.errors import UsageError

CONFIG_HELP = "~/.config/altiplano/config.ini"
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Account:
    server: str
    token: str = field(default="", repr=False)


def account(server: str = "", token_file: str = "", environment: os._Environ[str] | dict[str, str] = os.environ):
    """What was said, else the environment, else the configuration, else the site that this program came from."""
    config = _config(environment)
    chosen = (
        server or environment.get("ALTIPLANO_SERVER", "") or config.get("altiplano", "server", fallback="") or _site()
    )
    if not chosen:
        raise UsageError("Which archive?", "Say --server https://... or set ALTIPLANO_SERVER.")
    address = checked(chosen)
    token = _from_file(token_file) or environment.get("ALTIPLANO_TOKEN", "").strip() or _configured(config, address)
    if token and not _TOKEN.fullmatch(token):
        raise UsageError("The token is not one: it has spaces or strange characters in it.")
    return Account(address, token)


def checked(server: str) -> str:
    """The address without a slash at its end; a path in it is kept."""
    parts = urlsplit(server.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise UsageError(f"{server!r} is not the address of an archive.", "Write it like https://archive.example.org.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _config(environment) -> configparser.ConfigParser:
    home = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    path = Path(home) / "altiplano" / "config.ini"
    config = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    try:
        config.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return config
    except (OSError, UnicodeDecodeError, configparser.Error) as wrong:
        raise UsageError(f"{path} cannot be read: {type(wrong).__name__}.") from None  # its text may hold a token
    if any(config.has_option(section, "token") for section in config.sections()):
        _require_private(path)
    return config


def _configured(config, address: str) -> str:
    sections = (name for name in config.sections() if name.rstrip("/") == address)
    return next((config.get(name, "token", fallback="").strip() for name in sections), "")


def _from_file(name: str) -> str:
    if not name:
        return ""
    path = Path(name).expanduser()
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError(f"The token file {path} cannot be read: {type(wrong).__name__}.") from None
    _require_private(path)
    if not token:
        raise UsageError(f"The token file {path} is empty.")
    return token


def _require_private(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o004:
        print(f"altiplano: every user of this machine can read {path}: chmod 600 it.", file=sys.stderr)


def _site() -> str:
    """The site that served this program, which wrote itself into it."""
    try:
        written = pkgutil.get_data("altiplano_client", "site.txt")
    except OSError:
        return ""
    return (written or b"").decode().strip()
