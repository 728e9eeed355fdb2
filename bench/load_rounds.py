"""The loads that are measured, one after the other, and the peer with them."""

import time

import polars as pl
from django.db import connection

from archive.models import Observation
from archive.obscore.load import Meter, load_obscore
from bench import sky_world

TABLE = Observation._meta.db_table
# As ALMA's exports end: with a column that is never empty
LAST = "lastModified"


class Phases(Meter):
    """When each phase of a load began."""

    def __init__(self):
        self.began = []

    def begin(self, what, rows):
        self.began.append((what.split()[0], time.perf_counter()))


def run(place, count):
    """A row of figures for each load, printed as it is done."""
    drawn = pl.concat(list(sky_world.tables(count)))
    drawn = drawn.select(pl.exclude(LAST), LAST)
    parquet, csv, revised = place / "rows.parquet", place / "rows.csv", place / "revised.parquet"
    drawn.write_parquet(parquet)
    drawn.write_csv(csv)
    sky_world.revised(drawn, 0.01).write_parquet(revised)
    del drawn
    yield _told(_loaded("parquet", parquet, new=count))
    yield _told(_loaded("refresh", revised, new=0))
    yield _told(_copied(count))
    _empty()
    yield _told(_loaded("csv", csv, new=count))


def _told(row):
    print(
        "{what:8} {rows} rows in {seconds:.2f} s, {rate:.0f} rows/s  {phases}".format(
            rate=row["rows"] / row["seconds"], **row
        )
    )
    return row


def _loaded(what, path, *, new):
    meter, begin = Phases(), time.perf_counter()
    (report,) = load_obscore([path], meter=meter)
    end = time.perf_counter()
    assert (report.new, report.refused) == (new, {}), report.sentence()
    times = [at for _, at in meter.began] + [end]
    phases = {name: round(times[at + 1] - times[at], 2) for at, (name, _) in enumerate(meter.began)}
    counts = report.counts()
    return {"what": what, "rows": sum(counts.values()), "seconds": end - begin, "phases": phases, **counts}


def _copied(count):
    """The index's own numbers into a bare table, and the same indexes."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {TABLE} TO STDOUT (FORMAT BINARY)") as stream:
            pieces = [bytes(piece) for piece in stream]
        cursor.execute(f"CREATE TABLE bare (LIKE {TABLE})")
        begin = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN (FORMAT BINARY)") as stream:
            for piece in pieces:
                stream.write(piece)
        for sql in _indexes(cursor):
            cursor.execute(sql)
        cursor.execute("ANALYZE bare")
        seconds = time.perf_counter() - begin
        cursor.execute("DROP TABLE bare")
    return {"what": "peer", "rows": count, "seconds": seconds, "phases": {}}


def _indexes(cursor):
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [TABLE])
    return [definition.replace(name, f"bare_{name}").replace(TABLE, "bare") for name, definition in cursor.fetchall()]


def _empty():
    """Other tables that are never emptied point to MOUSs and projects, so these go row by row."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"TRUNCATE {TABLE}, archive_targetname, archive_announcedblock, archive_setup, archive_footprint, "
            "archive_tally, archive_skycount, archive_load"
        )
        for table in ("memberous", "groupous", "project", "almaaccount"):
            cursor.execute(f"DELETE FROM archive_{table}")  # noqa: S608 (our own names)
            cursor.execute(f"VACUUM ANALYZE archive_{table}")
