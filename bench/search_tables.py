"""The drawn archive in the tables of the index: written as parquet, loaded as any file of ObsCore, with its readers."""

import time
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection

from archive.obscore.load import load_obscore
from bench import sky_people, sky_world

NOW = datetime(2026, 6, 1, tzinfo=UTC)  # some 85 % of the rows are public by then


def fill(place: Path, rows: int, *, told) -> dict:
    """The readers by name; `told` is told what it took."""
    call_command("migrate", verbosity=0)
    part = min(rows, sky_world.PART)
    began = time.monotonic()
    paths = sky_world.write_parquet(place, rows, part=part)
    drawn = time.monotonic()
    load_obscore(paths)
    loaded = time.monotonic()
    people = sky_people.settle()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    for path in paths:
        path.unlink()
    told(f"{rows} rows: drawn in {drawn - began:.0f} s, loaded in {loaded - drawn:.0f} s", flush=True)
    return {"anonymous": AnonymousUser()} | people
