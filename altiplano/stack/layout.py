"""Where the embedded stack lives and how it is reached: everything that follows from the environment, worked out once.

An external server always wins: with `ALTIPLANO_DATABASE_URL` or `ALTIPLANO_S3_ENDPOINT` set, the functions below
return what was given, make no secrets, and the embedded server of that kind is not started.
"""

import functools
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .account import reachable, server_account
from .errors import StackError
from .keys import Secrets, read_or_make

REPOSITORY = Path(__file__).resolve().parents[2]
DATABASE = "altiplano"
# SeaweedFS puts the gRPC port of each of its roles this far above its HTTP port.
GRPC_DISTANCE = 10000
HIGHEST_S3_PORT = 55530


class S3Credentials(NamedTuple):
    access_key_id: str
    secret_access_key: str
    region: str


@dataclass(frozen=True)
class Layout:
    """One stack; the environment that describes it is kept for the variables that are only looked up."""

    var: Path
    runtime: Path
    postgres_port: int
    s3_port: int
    environment: Mapping[str, str]

    @property
    def secrets(self) -> Secrets:
        return read_or_make(self.var / "secrets" / "stack.json")

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def records(self) -> Path:
        return self.var / "run"

    @property
    def scratch(self) -> Path:
        return Path(self.environment.get("ALTIPLANO_SCRATCH_DIR") or self.var / "scratch").absolute()

    @property
    def external_database_url(self) -> str | None:
        return self.environment.get("ALTIPLANO_DATABASE_URL") or None

    @property
    def external_s3_endpoint(self) -> str | None:
        return self.environment.get("ALTIPLANO_S3_ENDPOINT") or None

    @property
    def postgres_memory(self) -> str:
        """PostgreSQL's `shared_buffers`: a laptop's, unless it is said how much a large archive may have."""
        return self.environment.get("ALTIPLANO_POSTGRES_MEMORY") or "128MB"

    @property
    def postgres_bin(self) -> Path | None:
        """The bin directory of another PostgreSQL than the embedded one."""
        given = self.environment.get("ALTIPLANO_POSTGRES_BIN")
        return Path(given) if given else None

    @property
    def temporary(self) -> bool:
        """A stack that is thrown away need not survive a power cut."""
        return self.environment.get("ALTIPLANO_STACK_TEMPORARY") == "1"

    @property
    def database_url(self) -> str:
        if self.external_database_url:
            return self.external_database_url
        return f"postgresql://altiplano:{self.secrets.postgres_password}@127.0.0.1:{self.postgres_port}/{DATABASE}"

    @property
    def s3_endpoint(self) -> str:
        return self.external_s3_endpoint or f"http://127.0.0.1:{self.s3_port}"

    @property
    def s3_public_endpoint(self) -> str:
        """The address that readers see in presigned links; by default the one we use ourselves."""
        return self.environment.get("ALTIPLANO_S3_PUBLIC_ENDPOINT") or self.s3_endpoint

    @property
    def s3_bucket(self) -> str:
        return self.environment.get("ALTIPLANO_S3_BUCKET") or "altiplano"

    @property
    def s3_credentials(self) -> S3Credentials:
        region = self.environment.get("ALTIPLANO_S3_REGION") or "us-east-1"
        key = self.environment.get("ALTIPLANO_S3_ACCESS_KEY_ID")
        secret = self.environment.get("ALTIPLANO_S3_SECRET_ACCESS_KEY")
        if key and secret:
            return S3Credentials(key, secret, region)
        if self.external_s3_endpoint or key or secret:
            raise StackError(
                "An external S3 server needs ALTIPLANO_S3_ACCESS_KEY_ID and ALTIPLANO_S3_SECRET_ACCESS_KEY; "
                "set both beside ALTIPLANO_S3_ENDPOINT."
            )
        return S3Credentials(self.secrets.s3_access_key_id, self.secrets.s3_secret_access_key, region)


def from_environment(environment: Mapping[str, str]) -> Layout:
    var = Path(environment.get("ALTIPLANO_VAR") or REPOSITORY / "var").absolute()
    return Layout(
        var=var,
        runtime=_runtime(var, environment),
        postgres_port=_port(environment, "ALTIPLANO_POSTGRES_PORT", 54320, 65535),
        s3_port=_port(environment, "ALTIPLANO_S3_PORT", 8433, HIGHEST_S3_PORT),
        environment=dict(environment),
    )


@functools.cache
def here() -> Layout:
    """The stack that this process belongs to."""
    return from_environment(os.environ)


def secrets() -> Secrets:
    return here().secrets


def database_url() -> str:
    return here().database_url


def s3_endpoint() -> str:
    return here().s3_endpoint


def s3_credentials() -> S3Credentials:
    return here().s3_credentials


def _runtime(var: Path, environment: Mapping[str, str]) -> Path:
    """The directory of the servers' data: below var, unless the account they run as cannot get there."""
    given = environment.get("ALTIPLANO_RUNTIME_DIR")
    if given:
        return Path(given).absolute()
    if reachable(var / "stack" / "postgres", server_account()):
        return var / "stack"
    return Path("/var/tmp") / f"altiplano-{hashlib.sha256(str(var).encode()).hexdigest()[:12]}"  # noqa: S108 (owner is checked in `servers`)


def _port(environment: Mapping[str, str], variable: str, default: int, highest: int) -> int:
    text = environment.get(variable) or str(default)
    if not text.isdecimal() or not 1024 <= int(text) <= highest:
        raise StackError(f"{variable} is {text!r}; it must be a port number from 1024 to {highest}.")
    return int(text)
