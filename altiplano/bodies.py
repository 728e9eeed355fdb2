"""Bodies of requests to the API: JSON, and nothing in it that no database and no answer can hold."""

import io
import json

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    def parse(self, stream, media_type=None, parser_context=None):
        whole = stream.read()
        try:
            said = super().parse(io.BytesIO(whole), media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply") from None
        if b"\\ud" in whole.lower():
            _require_whole_letters(said)
        return said


def _require_whole_letters(said):
    r"""JSON may write half of a letter, as \ud800, which no encoding has."""
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ParseError("JSON parse error - it has half of a letter (a lone surrogate)") from None
