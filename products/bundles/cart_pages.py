"""The page of the cart, the buttons that fill and empty it, and its number in the head of every page."""

from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from archive import asked
from products.bundles import cart
from products.bundles.pages import named

ACTIONS = ("add", "remove", "empty")


@require_safe
def page(request):
    """What is in it, and how much of that is locked to her who looks."""
    return render(request, "cart.html", {"cart": cart.shown(request.session, by=request.user, now=request.now)})


@require_POST
def change(request):
    """Put in or take out what the form names, and go back to the page it was on."""
    wanted = named(request.POST)
    match request.POST.get("do"):
        case "add":
            cart.add(request.session, wanted, by=request.user, now=request.now)
        case "remove":
            cart.remove(request.session, wanted.products, wanted.mous)
        case "empty":
            cart.empty(request.session)
        case other:
            raise asked.BodyError(f"A cart cannot {other!r}.", f"Send as do one of: {', '.join(ACTIONS)}.")
    return redirect(_back(request))


def _back(request):
    """Where the button was, on this site alone."""
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if is_ours else "cart"


def in_every_page(request):
    """Looked up when a page shows it."""

    def entries():
        known = hasattr(request, "session") and hasattr(request, "now")
        return cart.count(request.session, by=request.user, now=request.now) if known else 0

    return {"in_cart": SimpleLazyObject(entries)}
