"""How a refusal or a failure is told: `{"error": {code, sentence, remedy}}` to programs, a readable page to people."""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import JsonResponse
from django.shortcuts import render
from rest_framework.authentication import BasicAuthentication
from rest_framework.response import Response
from rest_framework.views import exception_handler

from archive import limits
from archive.errors import ArchiveError, TransientError

CHALLENGE = 'Basic realm="Altiplano"'
REMEDIES = {
    400: "The address /api/schema/ describes every request.",
    401: "Log in, or send a token in the header Authorization: Token ....",
    404: "Check the address; /api/schema/ lists them all.",
    405: "The address /api/schema/ says which methods there are.",
    415: "Send JSON, with the header Content-Type: application/json.",
}


class BusyError(ArchiveError):
    """What a reader is told of a `TransientError`: its own words name servers."""

    status = 503
    code = "try-again"

    def __init__(self):
        super().__init__("A part of the service does not answer at the moment.", "Try again in a minute.")


class NamedError(ArchiveError):
    """An error of the framework in our words, with the status and code it is given."""

    def __init__(self, status, code, sentence, remedy=None):
        super().__init__(sentence, REMEDIES.get(status, "") if remedy is None else remedy)
        self.status, self.code = status, code


def body(error):
    """`facts` are what a program would else have to read out of the sentence, e.g. who holds a cube."""
    told = {"code": error.code, "sentence": str(error), "remedy": error.remedy}
    return {"error": told | {"facts": error.facts} if hasattr(error, "facts") else told}


def page(request, error, *, status=None, template="refusal.html"):
    response = render(request, template, {"error": error}, status=status or error.status)
    for name, value in getattr(error, "headers", {}).items():
        response[name] = value
    return response


def answer_error(exception, context):
    """The API's one error handler."""
    error = _limited(exception, context) or (BusyError() if isinstance(exception, TransientError) else exception)
    if isinstance(error, ArchiveError):
        return _refuse(error, context)
    response = exception_handler(exception, context)
    if response is not None:
        response.data = body(_in_our_words(exception, response))
    return response


def _limited(exception, context):
    """What is refused before its view begins is counted like all else: a flood of bad tokens is a flood."""
    if isinstance(exception, limits.TooManyRequestsError):
        return exception
    try:
        limits.count(context["request"], context["view"])
    except limits.TooManyRequestsError as error:
        return error
    return None


def _refuse(error, context):
    """A refusal of the core; who has not said who they are is asked for it (FACTS 8.2: clients understand 401)."""
    request = context["request"]
    unknown = error.status == HTTPStatus.FORBIDDEN and not _by_name(request)
    status = HTTPStatus.UNAUTHORIZED if unknown else error.status
    if getattr(context["view"], "for_browsers", False) and "text/html" in request.headers.get("Accept", ""):
        response = page(request, error, status=status)
    else:
        response = Response(body(error), status=status)
    for name, value in getattr(error, "headers", {}).items():
        response[name] = value
    if unknown:
        response["WWW-Authenticate"] = CHALLENGE if settings.HTTP_BASIC else "Token"
    return response


def _by_name(request):
    """Whether a session or a token says who calls; a caller with HTTP Basic can answer a challenge with another."""
    authenticator = request.successful_authenticator
    return authenticator is not None and not isinstance(authenticator, BasicAuthentication)


def _in_our_words(exception, response):
    status = HTTPStatus(response.status_code)
    code = getattr(exception, "default_code", status.phrase)
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    sentence = str(detail or status.description or "The request cannot be understood.")
    return NamedError(status, code.lower().replace("_", "-").replace(" ", "-"), sentence)


def _too_much(exception):
    """What the framework refuses for its size, in our words."""
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return NamedError(413, "too-large", f"The request has more than {most} bytes.", "Send it in parts.")
    if isinstance(exception, TooManyFieldsSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return NamedError(400, "too-many-fields", f"The request has more than {most} fields.", "Send it in parts.")
    return None


def not_taken(request, exception):
    sentence = "The request cannot be understood."
    return outside(request, _too_much(exception) or NamedError(400, "bad-request", sentence))


def not_found(request, exception):
    return outside(request, NamedError(404, "not-found", f"There is nothing at {request.path}."), "404.html")


def forbidden(request, exception=None, reason=""):
    """Also for a form that comes without its CSRF token."""
    sentence = "The form has expired or was sent from another site." if reason else "This request is not allowed."
    error = NamedError(403, "forbidden", sentence, "Go back, load the page again and repeat it.")
    return outside(request, error, "403.html")


def broken(request):
    sentence = f"Something is broken here; staff find it in the log as request {getattr(request, 'id', '')}."
    error = NamedError(500, "internal-error", sentence, "Try again later, or tell the helpdesk.")
    return outside(request, error, "500.html")


def is_for_programs(request):
    return request.path.startswith("/api/")


def outside(request, error, template="refusal.html"):
    """An error outside any view: JSON below /api/, else a page."""
    for_programs = is_for_programs(request)
    response = (
        JsonResponse(body(error), status=error.status) if for_programs else page(request, error, template=template)
    )
    if error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Token"
    for name, value in getattr(error, "headers", {}).items():
        response[name] = value
    return response
