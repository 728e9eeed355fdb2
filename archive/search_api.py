"""Search for programs.  Rows are sent as they come from the index; counts and facets have addresses of their own."""

from types import SimpleNamespace

import orjson
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, content_negotiation_class
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation

from archive import asked, exports, search_lists
from archive.search import criteria, verbs
from archive.search.parameters import ORDERS, PAGES, PARAMETERS
from archive.search.reader import Reader
from archive.search.refusals import CriterionError
from archive.search_shapes import AnswersShape, CountShape, FacetsShape, ListAskedShape, PageShape
from archive.shapes import ErrorShape

REFUSALS = dict.fromkeys((400, 401, 404), ErrorShape)


def _described(parameter):
    words = parameter.help
    if parameter.many:
        words += f" Several one by one, or with {parameter.separator} between them."
        words += " ! before one excludes it." if parameter.negatable else ""
        words += f" Those there are: {', '.join(parameter.choices)}." if parameter.choices else ""
    among = None if parameter.many else parameter.choices or None
    words += f" {among[0]} unless it is said." if among else ""  # no default: who sends one for each is refused `match`
    words += f" Example: {parameter.example}" if parameter.example else ""
    return OpenApiParameter(parameter.name, int if parameter.kind == "number" else str, description=words, enum=among)


OF_A_PAGE = [_described(parameter) for parameter in PARAMETERS]
CRITERIA = [_described(parameter) for parameter in PARAMETERS if parameter.name not in ORDERS]
SORTED = [_described(parameter) for parameter in PARAMETERS if parameter.name not in PAGES]
FORMAT = OpenApiParameter("format", str, required=True, enum=list(exports.FORMATS), description="format of the file")
FILES = {(200, form.content_type.split(";")[0]): OpenApiTypes.STR for form in exports.FORMATS.values()}


class NoFormat(DefaultContentNegotiation):
    """`format` is refused like any other name that means nothing here; the framework takes it for its own."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)


@extend_schema(operation_id="search", tags=["search"], parameters=OF_A_PAGE, responses={200: PageShape} | REFUSALS)
@api_view(["GET"])
@content_negotiation_class(NoFormat)
def search(request):
    """Rows of the index, one for each source and spectral window; `next` is the address of the page that follows."""
    found = verbs.page(_criteria(request), Reader.of(request.user, request.now))
    return _json({"rows": found.rows, "next": found.next and _following(request, found.next)})


@extend_schema(
    operation_id="search_count", tags=["search"], parameters=CRITERIA, responses={200: CountShape} | REFUSALS
)
@api_view(["GET"])
@content_negotiation_class(NoFormat)
def count(request):
    """How many rows there are, as far as they are counted: `more` says that there are more than these."""
    counted = verbs.count(_criteria(request, without=ORDERS), Reader.of(request.user, request.now))
    return _json({"rows": counted.rows, "more": counted.more})


@extend_schema(
    operation_id="search_facets", tags=["search"], parameters=CRITERIA, responses={200: FacetsShape} | REFUSALS
)
@api_view(["GET"])
@content_negotiation_class(NoFormat)
def facets(request):
    """How many rows have which value of each parameter that has few."""
    found = verbs.facets(_criteria(request, without=ORDERS), Reader.of(request.user, request.now))
    return _json({"facets": {name: [_facet(*each) for each in values] for name, values in found.items()}})


@extend_schema(
    operation_id="search_list", tags=["search"], request=ListAskedShape, responses={200: AnswersShape} | REFUSALS
)
@api_view(["POST"])
@content_negotiation_class(NoFormat)
def listed(request):
    """Names or positions, up to 10 000 of them: each line is answered, or it is said what is wrong with it."""
    for name in request.GET:
        raise CriterionError(name, "it stands in the address, and a list is asked in the body.", "Put it there.")
    sent = asked.body(request.data, required=("lines",), optional=("radius",))
    found = search_lists.answers(search_lists.lines_of(sent), search_lists.radius_of(sent), request.user, request.now)
    return _json({"answers": [_answer(each) for each in found]})


class AnyAccept(BaseContentNegotiation):
    """The format of an export is a parameter of the search, and none of the framework's."""

    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


@extend_schema(
    operation_id="search_export",
    tags=["search"],
    parameters=[FORMAT, *SORTED],
    responses=FILES | REFUSALS,
)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
def export(request):
    """All rows as a file in ALMA's columns, sent while it is read."""
    form, wanted = _format(request), _criteria(request, without=PAGES, own=("format",))
    rows = verbs.stream(wanted, Reader.of(request.user, request.now))
    headers = {"Content-Disposition": f"attachment; filename=altiplano-search.{form.extension}"}
    return StreamingHttpResponse(exports.pieces(rows, form), content_type=form.content_type, headers=headers)


def _criteria(request, *, without=(), own=()):
    return criteria.parse({name: values for name, values in request.GET.lists() if name not in own}, without=without)


def _format(request):
    word, *more = request.GET.getlist("format") or [""]
    if more:
        raise CriterionError("format", "it was given more than once.", "Give one value.")
    if word not in exports.FORMATS:
        raise CriterionError(
            "format", f"{word!r} is no format of an export.", f"Write one of {', '.join(exports.FORMATS)}."
        )
    return exports.FORMATS[word]


def _following(request, cursor):
    query = request.GET.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _facet(value, rows):
    return {"value": value, "rows": rows}


def _answer(each):
    return {
        "line": each.line_number,
        "text": each.text,
        "kind": each.kind,
        "matches": each.matches,
        "rows": each.rows,
        "problem": each.problem,
    }


def _json(words):
    return HttpResponse(orjson.dumps(words), content_type="application/json")
