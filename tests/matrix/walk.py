"""Every route there is, as the URL resolver knows them: ours, the admin's, and those of what we have installed."""

from dataclasses import dataclass

from django.urls import URLPattern, get_resolver

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Route:
    name: str
    view: object

    @property
    def is_api(self):
        """Whether a token may say who calls."""
        return hasattr(self.view, "cls")

    @property
    def has_head(self):
        return not self.is_api or "head" in self.view.cls.http_method_names


def routes(urlconf=None):
    return {route.name: route for route in _walk(get_resolver(urlconf).url_patterns, ())}


def _walk(patterns, namespaces):
    for each in patterns:
        if isinstance(each, URLPattern):
            yield Route(":".join([*namespaces, each.name or each.lookup_str]), each.callback)
        else:
            yield from _walk(each.url_patterns, (*namespaces, *filter(None, [each.namespace])))
