"""Addresses of a search and of those next to it: another order, one criterion less, one value of a facet more."""

from urllib.parse import urlencode

from django.urls import reverse

from archive.search import free_text
from archive.search.parameters import BY_NAME, UNKNOWN
from archive.search_form import label

ORDERS = {
    "project": "project",
    "-observed": "last observed first",
    "-released": "last released first",
    "frequency": "frequency",
    "resolution": "finest first",
    "distance": "distance",
}
# Of the flat table: title, and the order that a column can be put into
COLUMNS = (
    ("Project", "project"), ("Source", ""), ("Data", ""), ("MOUS", ""), ("RA, °", ""), ("Dec, °", ""), ("Band", ""),
    ("Spw", ""), ("From GHz", "frequency"), ("to GHz", ""), ("Channel, kHz", ""), ("Resolution, ″", "resolution"),
    ("Continuum rms, mJy/beam", ""), ("Array", ""), ("QA2", ""), ("Observed", "observed"), ("Public from", "released"),
)  # fmt: skip
FILES = {"csv": "CSV", "votable": "VOTable", "jsonl": "JSON lines"}
FACETS = {"year": "Year of the call", "scope": "Data"}
STATES = {"public": "public", "mine": "yours before release", "locked": "proprietary"}
NEEDING = {"position": ("radius", "match"), "line": ("velocity", "redshift"), "rest": ("velocity", "redshift")}
UNSAID = {"cursor", "sort", "limit"}  # they say how to show, not what


def address(route, given, **changes):
    """The same search with other values; None takes one away, and a place in the list counts no more."""
    said = {name: values for name, values in given.items() if name != "cursor"}
    said |= {name: [value] for name, value in changes.items()}
    query = urlencode([(name, value) for name, values in said.items() for value in values if value is not None])
    return f"{reverse(route)}?{query}" if query else reverse(route)


def around(given, view, following):
    """Where one can go from a page of results; `following` is the cursor of the next."""
    kept = {"view": "flat" if view == "flat" else None}
    return {
        "other_view": address("search", given, view=None if view == "flat" else "flat"),
        "orders": _orders(given, kept),
        "columns": [(title, sort and _turned(given, sort, kept)) for title, sort in COLUMNS],
        "chips": _chips(given, kept),
        "counts": address("search-counts", given, limit=None),
        "next": address("search", given, cursor=following, **kept) if following else None,
        "first": address("search", given, **kept) if "cursor" in given else None,
    }


def files(given):
    """(name of the format, address of the whole answer in it)"""
    return [(words, address("api-search-export", given, format=name, limit=None)) for name, words in FILES.items()]


def narrower(facets, given):
    """(title, [(value, rows, address or None, whether it is asked already)]) of each facet that there is."""
    return [
        (FACETS.get(name, label(name)), [_value(name, *each, given) for each in values])
        for name, values in facets.items()
        if values
    ]


def _value(name, value, rows, given):
    asked = _asked_by(name, value, _meant(given))
    words = STATES.get(value, value) if name == "scope" else value
    return words, rows, asked and address("search", given, **asked), bool(asked) and asked.items() <= _single(given)


def _asked_by(name, value, given):
    """The criterion that a value of a facet is, if there is one; a year would take the place of other codes."""
    if name == "year":
        return {"project": f"{value}.*"} if value.isdecimal() and "project" not in given else None
    choices = BY_NAME[name].choices
    unsaid = value not in choices if choices else value == UNKNOWN
    return None if unsaid or (name, value) == ("scope", "mine") else {name: value}


def _meant(given):
    """With what was written into the box for anything under the name that it has."""
    return free_text.spread(given | {"q": [text.strip() for text in given["q"]]}) if given.get("q") else given


def _single(given):
    return {name: values[0] for name, values in given.items() if len(values) == 1}.items()


def _orders(given, kept):
    now = given.get("sort", ["project"])
    possible = [sort for sort in ORDERS if sort != "distance" or "position" in _meant(given)]
    return [(ORDERS[sort], address("search", given, sort=sort, **kept), now == [sort]) for sort in possible]


def _turned(given, sort, kept):
    """By this column, or the other way round if it is so already."""
    turned = f"-{sort}" if given.get("sort", ["project"]) == [sort] else sort
    return address("search", given, sort=turned, **kept)


def _without(name, given):
    """What goes with a criterion: a circle has nothing to be around, and no line moves."""
    (meant,) = _meant({name: given[name]}) if name == "q" else (name,)
    gone = [name, *NEEDING.get(meant, ())]
    if meant == "position" and given.get("sort", [""])[0].endswith("distance"):
        gone.append("sort")
    return dict.fromkeys(gone)


def alike(given):
    """(name, search for those that look like it) where a single name is asked for."""
    names = _meant(given).get("target", ())
    if len(names) != 1 or names[0].lstrip().startswith("!"):
        return None
    return names[0], address("search", given, target=None, q=None, similar=names[0])


def _chips(given, kept):
    """(criterion, address of the search without it); what a form always sends is none."""
    return [
        (f"{label(name)}: {', '.join(values)}", address("search", given, **_without(name, given), **kept))
        for name, values in given.items()
        if name not in UNSAID and (BY_NAME[name].many or values != list(BY_NAME[name].choices[:1]))
    ]
