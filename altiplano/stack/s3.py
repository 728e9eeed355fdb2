"""The embedded S3 server: SeaweedFS (`weed mini`, all of its roles in one process), on loopback only, with our keys.

Its S3 port asks for a key; its filer port does not and serves every byte to whoever is on this machine.  It is for
the demo, the tests and simulated data, never for real proprietary data.
"""

from pathlib import Path

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .account import private_directory, server_account
from .binaries import weed
from .errors import PortInUseError
from .layout import GRPC_DISTANCE, Layout
from .ports import require_free
from .supervisor import Service, running, start_service

NAME = "s3"
_ROLES = ("s3", "master", "volume", "filer", "admin")
_OPTIONS = (
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-admin.ui=false",
    "-webdav=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    # Without this stopping takes half a minute.
    "-volume.preStopSeconds=0",
    # On by default, it would report statistics of this installation to the makers.
    "-master.telemetry=false",
)


def start(layout: Layout) -> bool:
    if NAME in running(layout):
        return False
    for port in _ports(layout).values():
        for twin in (port, port + GRPC_DISTANCE):
            require_free(twin, server="the S3 server", variable="ALTIPLANO_S3_PORT")
    _clear_sockets(layout)
    home = private_directory(layout.runtime / "s3", server_account())
    # What it was last started with would be added to what we say now.
    (home / "mini.options").unlink(missing_ok=True)
    return start_service(layout, _service(layout, home))


def client(layout: Layout) -> BaseClient:
    key, secret, region = layout.s3_credentials
    return boto3.client(
        "s3",
        endpoint_url=layout.s3_endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name=region,
        config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}),
    )


def _ports(layout: Layout) -> dict[str, int]:
    """One port per role, upwards from the S3 port."""
    return {role: layout.s3_port + step for step, role in enumerate(_ROLES)}


def _service(layout: Layout, home: Path) -> Service:
    ports = [f"-{role}.port={port}" for role, port in _ports(layout).items()]
    where = [f"-dir={home}", f"-bucket={layout.s3_bucket}", *_sockets(layout, home)]
    buckets = client(layout)
    return Service(
        name=NAME,
        argv=[str(weed(layout)), "-logtostderr=true", "mini", *_OPTIONS, *ports, *where],
        environment=_environment(layout, home),
        cwd=home,
        ready=lambda: _answers(layout, buckets),
        seconds_to_ready=60,
        server=True,
        account=server_account(),
        leftovers=_grpc_sockets(layout),
    )


def _environment(layout: Layout, home: Path) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": layout.s3_credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": layout.s3_credentials.secret_access_key,
        # The collector of Go works harder above this; without it a gigabyte of parallel puts takes 1.3 GB of memory.
        "GOMEMLIMIT": "384MiB",
        "HOME": str(home),
        "TMPDIR": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def _sockets(layout: Layout, home: Path) -> list[str]:
    """Socket files: the kernel allows 107 bytes for their path, so a deep directory leaves them to weed's default."""
    files = {role: home / f"{role}.sock" for role in ("filer", "s3")}
    return [f"-{role}.localSocket={path}" for role, path in files.items() if len(bytes(path)) < 100]


def _grpc_sockets(layout: Layout) -> list[Path]:
    """Weed puts these in /tmp, no option changes it, and leaves some of them behind."""
    twins = {role: port + GRPC_DISTANCE for role, port in _ports(layout).items()}
    return [Path(f"/tmp/seaweedfs-{role}-grpc-{port}.sock") for role, port in twins.items()]  # noqa: S108 (only deleted)


def _clear_sockets(layout: Layout) -> None:
    """A socket file that somebody else's server left behind makes weed wait for ever."""
    for path in _grpc_sockets(layout):
        try:
            path.unlink(missing_ok=True)
        except PermissionError as refusal:
            raise PortInUseError(
                f"The file {path}, left by the S3 server of another user, is in the way; "
                "delete it as that user, or set ALTIPLANO_S3_PORT to another port."
            ) from refusal


def _answers(layout: Layout, buckets: BaseClient) -> bool:
    """With our key and our bucket: that something answers on the port does not prove that it is our server."""
    try:
        buckets.head_bucket(Bucket=layout.s3_bucket)
    except (ClientError, BotoCoreError):
        return False
    return True
