"""Asking one address of the matrix, as whoever a client is, so that nothing remains of it."""

import json
from contextlib import contextmanager
from copy import copy

from django.urls import reverse

SAFE = {"GET", "HEAD", "OPTIONS"}


@contextmanager
def unchanged(client):
    """Who logs out, or is logged out, is logged in again."""
    kept = copy(client.cookies)
    yield
    client.cookies = kept


def address_of(route, row, place, added=()):
    return (row.path or reverse(route.name, args=[*row.address(place), *added])) + row.query(place)


def ask(client, route, row, place, added, method):
    """Programs send JSON, forms are posted as forms."""
    address = address_of(route, row, place, added)
    if method in SAFE:
        return client.generic(method, address)
    if method == "POST" and not route.is_api:
        return client.post(address, row.body(place))
    return client.generic(method, address, json.dumps(row.body(place)), content_type="application/json")


def text_of(answer) -> str:
    """All that was sent, whatever it is, with where it leads."""
    sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return sent.decode("latin-1") + str(answer.headers)
