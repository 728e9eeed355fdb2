"""XML from outside does nothing but hold text."""

import io

import pytest

from archive.readers import xml_text
from archive.readers.xml_text import XmlError

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x0 "ha">
<!ENTITY x1 "&x0;&x0;&x0;&x0;&x0;&x0;&x0;&x0;"><!ENTITY x2 "&x1;&x1;&x1;&x1;&x1;&x1;&x1;&x1;">]><a>&x2;</a>"""
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
TYPED = b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>'


@pytest.mark.parametrize("text", [BOMB, EXTERNAL, TYPED])
def test_entities_and_document_types_are_refused(text):
    with pytest.raises(XmlError, match="declares entities or a document type"):
        xml_text.parse(text, "Main.xml")


@pytest.mark.parametrize("text", [b"", b"<a>", b"\xff\xfe<", b"<?xml version='1.0' encoding='no-such'?><a/>", b"\0"])
def test_broken_xml_is_refused_by_the_name_of_its_file(text):
    with pytest.raises(XmlError, match=r"Main\.xml"):
        xml_text.parse(text, "Main.xml")


def test_a_file_that_never_ends_is_refused(monkeypatch):
    monkeypatch.setattr(xml_text, "MAX_BYTES", 10)

    with pytest.raises(XmlError, match="larger"):
        xml_text.read(io.BytesIO(b"<a>" + b" " * 20 + b"</a>"), "Main.xml")
