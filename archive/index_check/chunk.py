"""Some hundred MOUSs with all that is to be compared, each kind of row fetched in one query."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from archive.index_check.faults import Fault
from archive.models import AnnouncedBlock, CalibrationDelivery, ExecutionBlock, MemberOUS

# A calibration has hundreds of lines for each block, and only the names of its files are compared.
WITHOUT_LINES = "(SELECT jsonb_object_agg(key, value - 'applycal') FROM jsonb_each(blocks))"


@dataclass(frozen=True)
class Held:
    """What the files of the archive say, by MOUS: `products` fills this in."""

    raw_tars: dict[int, set[str]] = field(default_factory=dict)  # execution blocks that have one
    names: dict[int, set[str]] = field(default_factory=dict)  # of current delivered calibration files


@dataclass(frozen=True)
class Subject:
    """One MOUS with what is known of it."""

    row: MemberOUS
    ebs: dict[str, ExecutionBlock]
    announced: set[str]  # execution blocks, by ObsCore
    calibration: CalibrationDelivery | None
    raw_tars: set[str]
    names: set[str]

    @property
    def delivered(self) -> bool:
        """Something has come; what is only announced is at ALMA, and nothing of it is missing here."""
        return self.row.delivery_state != MemberOUS.Delivery.ANNOUNCED

    def fault(self, code: str, sentence: str, subject: str = "") -> Fault:
        return Fault(code, sentence, subject[:256], self.row.pk, self.row.uid, self.row.project.code)


def load(keys: Iterable[int], held: Held) -> list[Subject]:
    keys = list(keys)
    ebs, announced = _ebs(keys), _announced(keys)
    calibrations = {row.mous_id: row for row in _calibrations(keys)}
    rows = MemberOUS.objects.filter(pk__in=keys).select_related("gous__project").order_by("pk")
    return [
        Subject(
            row=row,
            ebs=ebs[row.pk],
            announced=announced[row.pk],
            calibration=calibrations.get(row.pk),
            raw_tars=held.raw_tars.get(row.pk, set()),
            names=held.names.get(row.pk, set()),
        )
        for row in rows
    ]


def _ebs(keys):
    found = defaultdict(dict)
    for eb in ExecutionBlock.objects.filter(mous__in=keys).order_by("pk"):
        found[eb.mous_id][eb.uid] = eb
    return found


def _announced(keys):
    found = defaultdict(set)
    for mous, uid in AnnouncedBlock.objects.filter(mous__in=keys).values_list("mous", "uid"):
        found[mous].add(uid)
    return found


def _calibrations(keys):
    """Those in force, with `files` in place of their long lines."""
    files = RawSQL(WITHOUT_LINES, [], output_field=JSONField())  # noqa: S611 (nothing from outside is in it)
    rows = CalibrationDelivery.objects.filter(mous__in=keys, current=True)
    return rows.only("mous_id", "kind", "sessions", "named_blocks", "sb_name").annotate(files=files)
