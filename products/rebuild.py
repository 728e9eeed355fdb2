"""The index of products made again from what the store tells of each MOUS (products/sidecars.py), and nothing else.

A MOUS that has products is left as it is, so nothing is overwritten and a rebuild that was killed goes on.  What the
products hang on (project, group, MOUS, blocks, sources, accounts) is made where it is missing: accounts closed and
without a password, so that nobody comes into what was another's by taking her name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.core.management.color import no_style
from django.db import IntegrityError, connection, transaction

from archive.errors import ArchiveError
from archive.models import AlmaAccount, ExecutionBlock, GroupOUS, MemberOUS, Project, Source
from products import sidecar_rows, sidecars
from products.models import Previewing, Product
from products.store import open_store

AT_ONCE = 1000
# What a MOUS hangs on and what hangs on it, in the order of making
_ABOUT = (
    ("project", Project),
    ("gous", GroupOUS),
    ("mous", MemberOUS),
    ("execution_blocks", ExecutionBlock),
    ("sources", Source),
)


class NewerSidecarError(ArchiveError):
    code = "newer-sidecar"

    def __init__(self, key, found):
        super().__init__(
            f"{key} is of format {found}, and this version reads {sidecars.FORMAT}.", "Use the version that wrote it."
        )


class DamagedSidecarError(ArchiveError):
    code = "damaged-sidecar"

    def __init__(self, key, why):
        super().__init__(
            f"{key} cannot be read: {why}.", "Restore it from a backup of the store, or ingest that delivery again."
        )


class ContradictorySidecarError(ArchiveError):
    code = "contradictory-sidecar"

    def __init__(self, key, why):
        super().__init__(
            f"{key} tells of what the index has from elsewhere already: {why}.",
            "Nothing of it was made. Compare it with the MOUS that has the same files, and remove what is wrong.",
        )


@dataclass
class Rebuilt:
    """What was made, by MOUS, and what was not and why."""

    mous: list[str] = field(default_factory=list)
    rows: int = 0
    left: list[str] = field(default_factory=list)  # they have products
    refused: list[ArchiveError] = field(default_factory=list)


def rebuild() -> Rebuilt:
    """Every MOUS that the store tells of and the index has no products of, each whole or not at all."""
    done = Rebuilt()
    for key, *_ in open_store().listing(sidecars.PREFIX):
        try:
            _one(key, done)
        except ArchiveError as refusal:
            done.refused.append(refusal)
        except IntegrityError as error:
            done.refused.append(ContradictorySidecarError(key, str(error).partition("\n")[0]))
    _reset_numbers()
    return done


def _one(key: str, done: Rebuilt) -> None:
    told = _read(key)
    with transaction.atomic():
        found = _Names()
        for part, model in _ABOUT:
            said = told["about"][part]
            for one in said if isinstance(said, list) else [said]:
                found.make(model, one)
        mous = found.of(MemberOUS, told["about"]["mous"]["uid"])
        if Product.objects.filter(mous=mous).exists():
            done.left.append(mous.uid)
            return
        for model, said in _rows(told):
            if model is Previewing:  # a trigger has made those of its images due, and they may be made already
                Previewing.objects.filter(product__mous=mous).delete()
            made = [sidecar_rows.row(model, one, found.of) for one in said]
            model.objects.bulk_create(made, batch_size=AT_ONCE)
            done.rows += len(made)
    done.mous.append(mous.uid)


def _read(key: str) -> dict:
    try:
        told = sidecars.read(key)
    except (OSError, EOFError, ValueError) as error:
        raise DamagedSidecarError(key, error) from error
    if told["format"] != sidecars.FORMAT:
        raise NewerSidecarError(key, told["format"])
    return told


def _rows(told: dict) -> Iterator[tuple]:
    for model, _ in sidecars.KEPT:
        yield model, told["rows"].get(model._meta.label_lower, [])


class _Names:
    """Rows of other apps by what they are known by, made where they are missing."""

    def __init__(self):
        self._found = {}

    def of(self, model, name):
        key = (model, tuple(name) if isinstance(name, list) else name)
        if key not in self._found:
            self._found[key] = self._find(model, name)
        return self._found[key]

    def make(self, model, said: dict) -> None:
        """The row that `said` tells of, unless there is one that is known by the same."""
        words = [said[part] for part in sidecar_rows.KNOWN_BY[model]]
        if self._look(model, words) is None:
            made = sidecar_rows.row(model, {name: value for name, value in said.items() if name != "id"}, self.of)
            made.save(force_insert=True)

    def _find(self, model, name):
        found = self._look(model, name if isinstance(name, list) else [name])
        if found is None and model is get_user_model():
            found = _closed(name)
        elif found is None and model is AlmaAccount:
            found = AlmaAccount.objects.create(name=name)
        if found is None:
            raise UnknownNameError(model, name)
        return found

    def _look(self, model, words):
        known_by = dict(zip(sidecar_rows.KNOWN_BY[model], words, strict=True))
        if "mous" in known_by:
            known_by["mous"] = self.of(MemberOUS, known_by["mous"])
        return model.objects.filter(**known_by).first()


class UnknownNameError(ArchiveError):
    code = "unknown-name"

    def __init__(self, model, name):
        super().__init__(
            f"A row names the {model._meta.verbose_name} {name}, of which its sidecar tells nothing.",
            "Ingest the delivery again, and report it: a sidecar should tell all that its rows hang on.",
        )


def _closed(username):
    person = get_user_model()(username=username, is_active=False)
    person.set_unusable_password()
    person.save()
    return person


def _reset_numbers() -> None:
    """Rows came with their numbers; the next one gets a number of its own."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model for model, _ in sidecars.KEPT]):
            cursor.execute(statement)
