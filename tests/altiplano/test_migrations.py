"""Landed migrations are never edited: other databases have run them as they were."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANDED = Path(__file__).with_name("landed_migrations.txt")


def digests():
    """SHA-256 of each migration there is, by path."""
    files = sorted(ROOT.glob("*/migrations/0*.py"))
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_landed_migrations_are_as_they_landed():
    landed = dict(reversed(line.split()) for line in LANDED.read_text().splitlines())

    assert {path: digests().get(path) for path in landed} == landed


def test_every_migration_is_on_the_list_when_it_lands():
    """Add a new migration's line from `sha256sum */migrations/0*.py`; never change a line."""
    assert set(digests()) == {line.split()[1] for line in LANDED.read_text().splitlines()}
