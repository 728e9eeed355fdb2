"""The texts of one delivery that say something about it, each read by its reader.

A manifest or request that cannot be read refuses the delivery, since it may say that the files are another's.  Any
other text that cannot be read is a finding: the images are as good without it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from archive import roles, uids
from archive.errors import ArchiveError
from archive.readers import (
    calapply,
    contdat,
    fluxcsv,
    manifest,
    nested,
    ppr,
    product_rename,
    restore_script,
    size_check,
    xml_text,
)
from archive.readers.contdat import ContinuumSelection
from archive.readers.delivery_tree import Member
from archive.readers.facts import Finding
from archive.readers.fluxcsv import FluxRow
from archive.readers.grouping import Group
from archive.readers.manifest import Manifest
from archive.readers.ppr import ProcessingRequest
from archive.readers.refusals import TooLargeError
from archive.readers.restore_script import RestoreScript
from archive.readers.size_check import SizeCheck
from archive.readers.tar_entries import Limits

_MAX_TEXT = 64 * 1024 * 1024
T = TypeVar("T")


@dataclass
class Texts:
    manifests: list[Manifest] = field(default_factory=list)
    requests: list[ProcessingRequest] = field(default_factory=list)
    scripts: list[RestoreScript] = field(default_factory=list)
    renames: dict[str, str] = field(default_factory=dict)  # name before -> as delivered
    applycal: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)  # execution block -> calls
    continuum: tuple[ContinuumSelection, ...] = ()
    fluxes: tuple[FluxRow, ...] = ()
    size_check: SizeCheck = field(default_factory=SizeCheck)
    findings: list[Finding] = field(default_factory=list)

    @property
    def manifest(self) -> Manifest | None:
        """The one that the calibration comes from."""
        return manifest.chosen(self.manifests)

    @property
    def script(self) -> RestoreScript | None:
        return self.scripts[0] if self.scripts else None

    def attempt(self, read: Callable[..., T], *given: Any, **named: Any) -> T | None:
        """What `read` makes of the arguments, or nothing and a finding; what was packed to fill us refuses all."""
        try:
            return read(*given, **named)
        except TooLargeError:
            raise
        except ArchiveError as error:
            self.findings.append(Finding(error.code, error.sentence))
            return None


def read(group: Group, limits: Limits) -> Texts:
    texts = Texts()
    for member in _with_role(group, "manifest"):
        texts.manifests.append(manifest.parse(_bytes(member), member.name))
    for member in _with_role(group, "pprequest"):
        texts.requests.append(ppr.parse(_bytes(member), member.name))
    for member in _with_role(group, "product_rename"):
        texts.renames |= product_rename.parse(_text(_bytes(member)))
    for member in _with_role(group, "restore_script"):
        script = texts.attempt(restore_script.parse, _text(_bytes(member)), member.name)
        texts.scripts += [script] if script else []
    for member in _with_role(group, "calapply"):
        _read_calapply(member, texts)
    _read_auxiliary(group, texts, limits)
    texts.size_check = _size_check(group, texts)
    return texts


def _size_check(group: Group, texts: Texts) -> SizeCheck:
    """Of two pipeline runs the one that made the images comes last in order (hifa_cal, hifa_image)."""
    words, limits, made = SizeCheck().words, SizeCheck().limits, SizeCheck().made
    for member in _with_role(group, "aqua_report"):
        report = texts.attempt(xml_text.parse, _beginning(member), member.name)
        words = (size_check.words(report) if report is not None else "") or words
    for member in _with_role(group, "pipescript"):
        limits = size_check.limits(_text(_beginning(member))) or limits
    for member in _with_role(group, "casa_commands"):
        log = _text(_beginning(member))
        limits, made = limits or size_check.limits(log), size_check.made(log) or made
    return SizeCheck(words, limits, made)


def _read_calapply(member: Member, texts: Texts) -> None:
    named = uids.found_in(member.name)
    if not named:
        texts.findings.append(Finding("nameless-calapply", f"{member.name} does not name its execution block."))
        return
    calls = texts.attempt(calapply.parse, _text(_bytes(member)), member.name, uids.ms_name(named[-1]))
    if calls is not None:
        texts.applycal[named[-1]] = calls


def _read_auxiliary(group: Group, texts: Texts, limits: Limits) -> None:
    """cont.dat and flux.csv, loose (Cycle 4) or in auxproducts.tgz; of two pipeline runs both have one.

    The run that made the images comes last in order (hifa_cal, hifa_image) and its continuum ranges are the used ones.
    """
    found: dict[str, bytes] = {}
    for member in _with_role(group, "auxproducts"):
        with member.open() as stream:
            files = texts.attempt(nested.read_files, stream, member.size, member.name, wanted=_wanted, limits=limits)
        found |= {roles.role_of(name): content for name, content in (files or {}).items() if content.strip()}
    for role in ("cont_dat", "flux_csv"):
        for member in _with_role(group, role):
            found[role] = _bytes(member)
    texts.continuum = texts.attempt(contdat.parse, _text(found.get("cont_dat", b""))) or ()
    texts.fluxes = texts.attempt(fluxcsv.parse, _text(found.get("flux_csv", b""))) or ()


def _wanted(name: str) -> bool:
    return roles.role_of(name) in ("cont_dat", "flux_csv")


def _with_role(group: Group, role: str) -> Iterator[Member]:
    yield from (group.members[path] for path in sorted(group.members) if group.members[path].role == role)


def _bytes(member: Member) -> bytes:
    if member.size > _MAX_TEXT:
        raise TooLargeError(member.name, f"has {member.size} bytes, too many for what it should be")
    return member.read()


def _beginning(member: Member) -> bytes:
    """Of a text that nothing depends on, however long it is."""
    with member.open() as stream:
        return stream.read(_MAX_TEXT)


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")
