"""pipeline_manifest.xml: what the pipeline says it made, for which execution block and session.

Only the outer `ous` element is read: the inner `manifest` of newer packages carries an `ous` attribute that is not a
uid.  Attributes differ from release to release and are kept as they come.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from archive import uids, versions
from archive.readers import xml_text
from archive.readers.xml_text import XmlError, children

_ABSENT = ("", "N/A", "Undefined", "None")
_FILES = ("weblog", "casa_cmdlog", "pipescript", "restorescript", "aqua_report", "aux_products_file", "piperequest")


@dataclass(frozen=True)
class ManifestBlock:
    uid: str
    session: str
    flagversions: str | None
    calapply: str | None
    caltables: tuple[str, ...]  # of the session
    renorm: dict[str, str] | None  # attributes of hifa_renorm

    @property
    def renorm_applied(self) -> bool:
        return self.renorm is not None and self.renorm.get("apply", "").strip().lower() == "true"


@dataclass(frozen=True)
class Manifest:
    name: str
    mous: str | None  # None where the pipeline did not know it and wrote `oussid`
    casa_version: str | None
    pipeline_version: str | None
    recipe: str | None
    blocks: tuple[ManifestBlock, ...]
    images: tuple[dict[str, str], ...]  # attributes of each image, its file as `name`
    files: tuple[str, ...]  # other names: weblog, scripts, auxiliary products

    @property
    def casa(self) -> versions.Version | None:
        return versions.parse(self.casa_version)

    @property
    def calibrates(self) -> bool:
        return any(block.caltables or block.calapply for block in self.blocks)

    def names(self) -> Iterator[str]:
        """Every file that the manifest promises, calibration first."""
        for block in self.blocks:
            yield from (name for name in (*block.caltables, block.flagversions, block.calapply) if name)
        yield from self.files
        yield from (image["name"] for image in self.images if image.get("name"))


def parse(text: bytes, name: str) -> Manifest:
    root = xml_text.parse(text, name)
    if xml_text.local(root) != "piperesults":
        raise XmlError(name, "it is not a pipeline manifest (its root is not piperesults)")
    ous = next(iter(children(root, "ous")), None)
    if ous is None:
        raise XmlError(name, "it names no ous")
    return Manifest(
        name=name,
        mous=_mous(ous),
        casa_version=_named(ous, "casaversion"),
        pipeline_version=_named(ous, "pipeline_version"),
        recipe=_named(ous, "procedure_name"),
        blocks=tuple(block for session in children(ous, "session") for block in _blocks(session, name)),
        images=tuple(dict(image.attrib) for image in children(ous, "image")),
        files=tuple(f for tag in _FILES for f in _names(ous, tag)),
    )


def chosen(manifests: Iterable[Manifest]) -> Manifest | None:
    """The one to restore from: of several the narrower `*cal*pipeline_manifest.xml`, the first in order."""
    ordered = sorted(manifests, key=lambda manifest: manifest.name)
    calibrating = [manifest for manifest in ordered if manifest.calibrates] or ordered
    return next((m for m in calibrating if "cal" in m.name), next(iter(calibrating), None))


def _mous(ous: Element) -> str | None:
    name = ous.get("name", "")
    return uids.canonical(name) if uids.is_uid(name) else next(iter(uids.found_in(name)), None)


def _blocks(session: Element, name: str) -> Iterator[ManifestBlock]:
    session_name = session.get("name", "").strip().lower()
    for asdm in children(session, "asdm"):
        ms = asdm.get("name", "")
        if not uids.is_uid(ms.removesuffix(".ms")):
            raise XmlError(name, f"its asdm {ms!r} is not an execution block")
        renorm = next(iter(children(asdm, "hifa_renorm")), None)
        yield ManifestBlock(
            uid=uids.canonical(ms.removesuffix(".ms")),
            session=session_name,
            flagversions=_named(asdm, "finalflags"),
            calapply=_named(asdm, "applycmds"),
            caltables=tuple(_names(session, "caltables")),
            renorm=dict(renorm.attrib) if renorm is not None else None,
        )


def _names(parent: Element, tag: str) -> Iterator[str]:
    values = (child.get("name", "").strip() for child in children(parent, tag))
    yield from (value for value in values if value not in _ABSENT)


def _named(parent: Element, tag: str) -> str | None:
    return next(_names(parent, tag), None)
