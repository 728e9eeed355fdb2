"""What is missing or odd in a delivery, in sentences for the staff; nothing here stops it from being indexed."""

from collections.abc import Iterator

from archive import roles
from archive.readers.asdm import MOST_POINTINGS
from archive.readers.facts import ExecutionBlockFacts, FileFacts, Finding, PartsSeen
from archive.readers.texts import Texts

_IMAGES = ("science_image", "calibrator_image")


def findings_of(said: Texts, blocks: tuple[ExecutionBlockFacts, ...], files: tuple[FileFacts, ...], *,
                delivered: dict[str, str], parts: PartsSeen) -> Iterator[Finding]:  # fmt: skip
    yield from _missing_files(said, files, delivered, parts)
    yield from _missing_raw(blocks)
    yield from _differing_sessions(said, blocks)
    yield from _too_many_pointings(blocks)
    for selection in said.continuum:
        for line in selection.unread:
            where = f"{selection.source}, spectral window {selection.window}"
            sentence = f"cont.dat has {line!r} without a unit for {where}; it is left out."
            yield Finding("unread-in-cont-dat", sentence, line)
    for script in said.scripts:
        for line in script.unexpected:
            sentence = f"{script.name} also does what a restore does not: {line}."
            yield Finding("unexpected-in-restore-script", sentence, line)


def _missing_files(said: Texts, files: tuple[FileFacts, ...], delivered: dict[str, str],
                   parts: PartsSeen) -> Iterator[Finding]:  # fmt: skip
    """Names of manifests that are not there, of those parts that came in whole."""
    present = {file.name for file in files}
    for manifest in said.manifests:
        for name in dict.fromkeys(manifest.names()):
            whole = parts.products_complete if roles.role_of(f"product/{name}") in _IMAGES else parts.auxiliary
            if whole and delivered[name] not in present:
                was = f" (there {name})" if name != delivered[name] else ""
                sentence = f"{manifest.name} lists {delivered[name]}{was}, which is not delivered."
                yield Finding("missing-file", sentence, delivered[name])


def _missing_raw(blocks: tuple[ExecutionBlockFacts, ...]) -> Iterator[Finding]:
    """Only when some came: a package without any raw data is whole in its own way."""
    if any(block.has_raw for block in blocks):
        for block in blocks:
            if block.used and not block.has_raw:
                sentence = f"The raw data of {block.uid}, which the calibration used, are missing."
                yield Finding("missing-raw", sentence, block.uid)


def _differing_sessions(said: Texts, blocks: tuple[ExecutionBlockFacts, ...]) -> Iterator[Finding]:
    for script in said.scripts:
        for block in blocks:
            other = script.sessions.get(block.uid)
            if other and block.session and other != block.session:
                sentence = f"{script.name} puts {block.uid} into {other}, the manifest {block.session}."
                yield Finding("differing-sessions", sentence, block.uid)


def _too_many_pointings(blocks: tuple[ExecutionBlockFacts, ...]) -> Iterator[Finding]:
    for name in dict.fromkeys(s.name for block in blocks for s in block.sources if len(s.pointings) > MOST_POINTINGS):
        sentence = f"{name} has more than {MOST_POINTINGS} fields: its footprint in the index ends with these."
        yield Finding("too-many-pointings", sentence, name)
