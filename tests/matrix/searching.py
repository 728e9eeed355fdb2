"""The rows of search: open to everybody, and what names something hidden is answered as what was never there."""

from tests.matrix import expected as told
from tests.matrix.expected import ANY, Row


def uid(place):
    return f"?uid={place.mous.uid}"


def project(place):
    return f"?project={place.project.code}"


def as_file(query):
    return lambda place: f"{query(place)}&format=votable"


def lines(place):
    return {"lines": ["NGC1052", "40.27 -8.256", place.mous.uid]}


def typed(place):
    return {"lines": f"NGC1052\n{place.mous.uid}", "radius": "10arcsec"}


def named(scope=None, more=lambda query: query):
    """Asked for a MOUS by its uid, and for a project by its code; and with a parameter that there is not."""
    return [
        Row({"GET": told.DESCRIPTION}, scope=scope, query=more(uid), states=ANY),
        Row({"GET": told.PROJECT}, scope=scope, query=more(project), states=ANY),
        Row({"GET": told.anyone(400)}, scope=scope, query=more(lambda place: "?colour=red")),
    ]


# What is mine needs to be asked as somebody; the other methods look at no scope.
MINE = {"GET": told.account(200, 401), "HEAD": told.anyone(405), "OPTIONS": told.anyone()}
SEARCHING = {
    "search": [Row({"GET": told.anyone()}), *named()],
    "search-counts": [Row({"GET": told.anyone()}), *named()],
    "search-list": [
        Row({"GET": told.anyone(), "POST": told.anyone()}, body=typed, states=ANY),
        Row({"POST": told.anyone(400)}, body=lambda place: {"lines": "NGC1052", "radius": "wide"}),
    ],
    "api-search": [
        Row({"GET": told.anyone()}, scope="search"),
        Row(MINE, scope="search", query=lambda place: "?scope=mine"),
        *named("search"),
    ],
    "api-search-count": [Row({"GET": told.anyone()}, scope="search"), *named("search")],
    "api-search-facets": [Row({"GET": told.anyone()}, scope="search"), *named("search")],
    "api-search-list": [
        Row({"POST": told.anyone()}, scope="search", body=lines, states=ANY),
        Row({"POST": told.anyone(400)}, scope="search", body=lambda place: {"lines": ["x"], "colour": "red"}),
    ],
    "api-search-export": [Row({"GET": told.anyone(400)}, scope="search"), *named("search", as_file)],
}
