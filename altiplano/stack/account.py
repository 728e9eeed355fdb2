"""Who the embedded servers run as: ourselves, or `nobody` when we are root, because initdb refuses root.

`nobody` reaches a file only if every directory above it lets strangers pass.  A home directory of mode 0700 does not,
so data and binaries then live elsewhere (see `layout`).
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    def drop(self) -> dict:
        """The arguments of `subprocess` that change to this account, none if it is our own."""
        if self.uid == os.getuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid, nobody.pw_gid)
    return Account(os.getuid(), os.getgid())


def reachable(path: Path, account: Account) -> bool:
    """Whether `account` may pass through every directory above `path`; those that do not exist yet do not count."""
    if account.uid == os.getuid():
        return True
    return all(_lets_pass(parent) for parent in path.resolve().parents if parent.exists())


def private_directory(path: Path, account: Account) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    account.own(path)
    return path


def _lets_pass(directory: Path) -> bool:
    return bool(directory.stat().st_mode & stat.S_IXOTH)
