"""XML of others, read as hostile: no entities, no document types, nothing fetched, a limit on the size."""

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from archive.errors import ArchiveError

MAX_BYTES = 256 * 1024 * 1024


class XmlError(ArchiveError):
    code = "unreadable-xml"

    def __init__(self, name: str, why: object) -> None:
        super().__init__(f"{name} cannot be read as XML: {why}.", "Fetch the file again from the archive.")


def read(stream: BinaryIO, name: str) -> Element:
    text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise XmlError(name, f"it is larger than {MAX_BYTES} bytes")
    return parse(text, name)


def parse(text: bytes, name: str) -> Element:
    try:
        return fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise XmlError(name, f"it declares entities or a document type ({type(error).__name__})") from error
    except (ParseError, ValueError, LookupError) as error:
        raise XmlError(name, error) from error


def local(element: Element) -> str:
    """The tag without its namespace: releases disagree on it."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, *tags: str) -> list[Element]:
    """The direct children with one of these tags, whatever their namespace."""
    return [child for child in element if local(child) in tags]


def descend(element: Element, path: str) -> Iterator[Element]:
    """Every element at `path` ("ProjectStructure/OUSStatusRef") below `element`."""
    head, _, rest = path.partition("/")
    for child in children(element, head):
        yield from descend(child, rest) if rest else (child,)


def text_at(element: Element, path: str) -> str:
    """The stripped text of the first element at `path`, or an empty string."""
    found = next(descend(element, path), None)
    return (found.text or "").strip() if found is not None else ""
