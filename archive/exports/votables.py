"""VOTable 1.4, written row by row.  A file without `</VOTABLE>` at its end broke off, and no reader takes it.

What XML cannot hold (control characters that somebody typed into a title) becomes a replacement character.
"""

import re
from html import escape

from archive.exports.columns import COLUMNS, TEXT, WORDS
from archive.exports.tables import said

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results">
<INFO name="QUERY_STATUS" value="OK"/>
<COOSYS ID="sky" system="ICRS"/>
<TABLE name="ivoa.obscore">
"""
BODY, END_OF_ROWS = "<DATA><TABLEDATA>\n", "</TABLEDATA></DATA>\n</TABLE>\n"
END = "</RESOURCE>\n</VOTABLE>\n"
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def lines(rows):
    yield HEAD + "".join(map(_field, COLUMNS)) + BODY
    number = 0
    for number, row in enumerate(rows, 1):  # noqa: B007 (how many there were stands at the end)
        yield f"<TR>{''.join(_cell(row.get(column.name)) for column in COLUMNS)}</TR>\n"
    yield f'{END_OF_ROWS}<INFO name="rows" value="{number}"/>\n{END}'


def _field(column):
    facts = {"name": column.name, "datatype": column.datatype}
    facts |= {"arraysize": "*"} if column.datatype in {TEXT, WORDS} else {}
    facts |= {"unit": column.unit, "ucd": column.ucd, "utype": column.utype}
    facts |= {"ref": "sky"} if column.name in {"s_ra", "s_dec"} else {}
    said_of = " ".join(f'{name}="{escape(value)}"' for name, value in facts.items() if value)
    if column.description:
        return f"<FIELD {said_of}><DESCRIPTION>{escape(column.description)}</DESCRIPTION></FIELD>\n"
    return f"<FIELD {said_of}/>\n"


def _cell(value):
    if value is None or value == "":
        return "<TD/>"
    return f"<TD>{value}</TD>" if type(value) in {int, float} else f"<TD>{_text(said(value))}</TD>"


def _text(words):
    return escape(NOT_XML.sub("\ufffd", words), quote=False)
