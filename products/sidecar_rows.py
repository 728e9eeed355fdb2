"""Rows of the index as plain values that mean the same in another database, and back.

A row of another app is named by what it is known by everywhere (a uid, a project code, a user name), never by its
number here.  Times keep their microseconds, bytes are base64.
"""

import base64
import functools
from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db.models import BinaryField, Model

from archive.models import AlmaAccount, ExecutionBlock, GroupOUS, MemberOUS, Project, Source

AT_ONCE = 2000
# What a row is known by; a source by its key inside its MOUS.
KNOWN_BY: dict[type[Model], tuple[str, ...]] = {
    AlmaAccount: ("name",),
    Project: ("code",),
    GroupOUS: ("uid",),
    MemberOUS: ("uid",),
    ExecutionBlock: ("uid",),
    Source: ("mous", "key"),
    get_user_model(): ("username",),
}


def plain(row: Model) -> dict:
    """Every column by its field's name; `sidecar_rows.row` makes the same row of it."""
    return {field.name: _said(field, row) for field in row._meta.concrete_fields}


def of(rows) -> Iterator[dict]:
    """`plain` of each of many rows; none is made for it, and what they belong to is asked for once."""
    said = [(field.name, _saying(field)) for field in rows.model._meta.concrete_fields]
    values = rows.values_list(*(field.attname for field in rows.model._meta.concrete_fields))
    for row in values.iterator(chunk_size=AT_ONCE):
        yield {name: say(value) if say else value for (name, say), value in zip(said, row, strict=True)}


def name(row: Model) -> list | str:
    """What names a row of another app: one word, or those of `KNOWN_BY`."""
    words = [_word(getattr(row, part)) for part in KNOWN_BY[type(row)]]
    return words[0] if len(words) == 1 else words


def row(model: type[Model], said: dict, find) -> Model:
    """The row that `said` tells of, not saved; `find(model, name)` is a row of another app."""
    filled = {}
    for field in model._meta.concrete_fields:
        if field.name not in said:
            continue  # a column of later days: its default
        value = said[field.name]
        if value is None or field.remote_field is None:
            filled[field.attname] = field.to_python(value)
        else:
            filled[field.attname] = _key(field, value, find)
    return model(**filled)


def _saying(field):
    """What makes a plain value of one in this column; nothing where it is one already."""
    if field.remote_field is not None and field.remote_field.model in KNOWN_BY:
        other = field.remote_field.model
        named = functools.cache(lambda key: name(other.objects.get(pk=key)))
        return lambda key: None if key is None else named(key)
    return _base64 if isinstance(field, BinaryField) else None


def _base64(value):
    return None if value is None else base64.b64encode(value).decode("ascii")


def _said(field, row):
    value = field.value_from_object(row)
    if value is not None and field.remote_field is not None and field.remote_field.model in KNOWN_BY:
        return name(getattr(row, field.name))
    return field.value_to_string(row) if isinstance(value, bytes | memoryview) else value


def _key(field, value, find):
    other = field.remote_field.model
    return find(other, value).pk if other in KNOWN_BY else other._meta.pk.to_python(value)


def _word(value):
    return name(value) if isinstance(value, Model) else value
