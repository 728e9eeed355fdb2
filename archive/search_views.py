"""Pages of the search: form and results, counts with what narrows them down, and a list of many names."""

from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from archive import search_form, search_lists
from archive import search_links as links
from archive.errors import ArchiveError
from archive.search import criteria, verbs
from archive.search.parameters import PAGES
from archive.search.reader import Reader
from archive.search_groups import grouped


@require_safe
def search(request):
    """The form; below it what was found, once something is asked."""
    given = search_form.asked(request.GET)
    words = {"groups": search_form.groups(given), "view": search_form.VIEWS[0], "given": bool(request.GET)}
    if not request.GET:
        return render(request, "search/page.html", words)
    try:
        words["view"] = view = search_form.view(request.GET)
        found = verbs.page(criteria.parse(given), Reader.of(request.user, request.now))
    except ArchiveError as error:
        return render(request, "search/page.html", words | _refused(error, given), status=error.status)
    return render(request, "search/page.html", words | _shown(found, given, view))


def _refused(error, given):
    """Codes that may have been meant become links."""
    near = [(code, links.address("search", given, q=None, project=code)) for code in getattr(error, "near", [])]
    return {"error": error, "near": near}


def _shown(found, given, view):
    return {
        "rows": found.rows,
        "projects": grouped(found.rows) if view == "grouped" else [],
        "formats": links.files(given),
        "similar": None if found.rows else links.alike(given),
    } | links.around(given, view, found.next)


@require_safe
def counts(request):
    """How much there is, and of which kinds: an address of its own, for it may take longer than the page."""
    given = search_form.asked(request.GET, own=())
    wanted, reader = criteria.parse(given, without=PAGES), Reader.of(request.user, request.now)
    words = {"counted": verbs.count(wanted, reader), "back": links.address("search", given)}
    return render(
        request, "search/counts.html", words | {"facets": links.narrower(verbs.facets(wanted, reader), given)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def listed(request):
    """Names or positions, one in each line, typed in or sent as a file."""
    radius = request.POST.get("radius", search_lists.RADIUS)
    words = {"radius": radius, "typed": request.POST.get("lines", ""), "most": search_lists.MOST_LINES}
    if request.method != "POST":
        return render(request, "search/list.html", words)
    try:
        text = search_lists.text_of(words["typed"], request.FILES.get("file"))
        found = search_lists.answers(text.splitlines(), radius, request.user, request.now)
    except ArchiveError as error:
        return render(request, "search/list.html", words | {"error": error}, status=error.status)
    return render(request, "search/list.html", words | _answered(found, radius))


def _answered(found, radius):
    return {
        "answers": [(each, _asked_alone(each, radius)) for each in found],
        "found": sum(bool(each.matches) for each in found),
        "missed": sum(not each.matches for each in found),
    }


def _asked_alone(each, radius):
    """The search for this line alone."""
    return links.address("search", {}, q=each.text, radius=radius if each.kind == "position" else None)
