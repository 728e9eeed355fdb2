"""Execution blocks: who names them, and whether what they need is there.

Named they are by the manifest, the processing request and the restore script of a delivery, by its calibration files,
by raw tars and by ObsCore.  Of what has not come nothing is said: a source that is absent names none and misses none.
"""

from collections.abc import Iterable, Iterator

from archive.index_check.chunk import Subject
from archive.index_check.faults import Fault
from archive.models import CalibrationDelivery, ExecutionBlock, QAState

# What a delivery says of itself, in the keys of `CalibrationDelivery.named_blocks`; these have to agree
PAPERS = {"manifest": "the manifest", "ppr": "the processing request", "restore_script": "the restore script"}
NOT_CALIBRATED = {QAState.FAIL, QAState.SEMIPASS}  # by QA0: such a block is delivered without calibration


def check(subjects: Iterable[Subject]) -> Iterator[Fault]:
    subjects = list(subjects)
    elsewhere = _elsewhere(subjects)
    for subject in subjects:
        if subject.delivered:
            yield from _not_indexed(subject, elsewhere)
            yield from _differing(subject)
            yield from _raw(subject)
            yield from _without_calibration(subject)


def named(subject: Subject) -> dict[str, set[str]]:
    """Who names which blocks, in words; who names none is left out."""
    said = {words: set(_papers(subject).get(key, ())) for key, words in PAPERS.items()}
    said["the calibration"] = set(_files(subject))
    said["the raw data"] = subject.raw_tars | set(_papers(subject).get("raw", ()))
    said["ObsCore"] = subject.announced
    return {who: uids for who, uids in said.items() if uids}


def _papers(subject):
    return subject.calibration.named_blocks if subject.calibration else {}


def _files(subject):
    return (subject.calibration.files or {}) if subject.calibration else {}


def _elsewhere(subjects):
    """Blocks that are named for one MOUS and indexed for another."""
    named_here = {uid for subject in subjects for uids in named(subject).values() for uid in uids - set(subject.ebs)}
    return set(ExecutionBlock.objects.filter(uid__in=named_here).values_list("uid", flat=True))


def _not_indexed(subject, elsewhere):
    said = named(subject)
    for uid in sorted(set().union(*said.values()) - set(subject.ebs)):
        who = [words for words, uids in said.items() if uid in uids]
        where = "is indexed for another MOUS" if uid in elsewhere else "is not indexed"
        yield subject.fault("block-not-indexed", f"{uid}, which {_all(who)} {_verb(who)}, {where}.", uid)


def _differing(subject):
    said = {words: set(uids) for key, words in PAPERS.items() if (uids := _papers(subject).get(key))}
    for uid in sorted(set().union(*said.values())):
        who, others = ([words for words, uids in said.items() if (uid in uids) is there] for there in (True, False))
        if others:
            sentence = f"{uid} is named by {_all(who)}, but not by {_all(others, 'or')}."
            yield subject.fault("blocks-differ", sentence, uid)


def _raw(subject):
    some = any(eb.raw_bytes is not None for eb in subject.ebs.values())
    for uid, eb in subject.ebs.items():
        if some and eb.used and eb.raw_bytes is None:
            sentence = f"The raw data of {uid}, which the calibration used, are missing."
            yield subject.fault("missing-raw", sentence, uid)
        if eb.raw_bytes is not None and uid not in subject.raw_tars:
            sentence = f"The raw data of {uid} have come, by its row, but no file of the MOUS has them."
            yield subject.fault("raw-not-stored", sentence, uid)


def _without_calibration(subject):
    files, kind = _files(subject), subject.calibration.kind if subject.calibration else ""
    for uid, eb in subject.ebs.items():
        if files and eb.raw_bytes is not None and uid not in files and eb.qa0_state not in NOT_CALIBRATED:
            sentence = f"{uid} has raw data, but the calibration in force does not name it."
            yield subject.fault("raw-without-calibration", sentence, uid)
    for uid, block in files.items() if kind == CalibrationDelivery.Kind.PIPELINE else ():
        if lacking := sorted(_lacking(subject, block)):
            sentence = f"The calibration of {uid} lacks {_all(lacking)}."
            yield subject.fault("block-without-calibration", sentence, uid)


def _lacking(subject, block):
    tables = subject.calibration.sessions.get(block["session"]) or []
    needed = {"flagversions": block["flagversions"], "calapply": block["calapply"]}
    if not tables:
        yield f"caltables of {block['session'] or 'its session'}"
    yield from (f"a file of {what}" for what, name in needed.items() if not name)
    yield from {*tables, *filter(None, needed.values())} - subject.names


def _all(words, last="and"):
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _verb(who):
    singular = len(who) == 1 and who[0] != "the raw data"
    return "names" if singular else "name"
