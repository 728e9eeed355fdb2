"""Pages are counted like the API, at a higher rate and only for people who have not logged in.

A person turns few pages, but she shares her address with her institute; a crawler that forgets itself is slowed down.
"""

from altiplano.answers import page
from archive import limits


class PageLimits:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """The API counts for itself, and a probe of a load balancer is nobody."""
        is_api = hasattr(view, "cls")
        if is_api or request.resolver_match.url_name in {"healthz", "readyz"} or request.user.is_authenticated:
            return None
        try:
            limits.take("page anonymous", f"address {limits.address(request)}")
        except limits.TooManyRequestsError as error:
            return page(request, error)
        return None
