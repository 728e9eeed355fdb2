"""Pages of work: what a MOUS offers, asking for a restore or an image, and following a request."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archive import announced, find, staff_views
from archive import shown as archived
from archive.errors import ArchiveError
from archive.staff import SEE_FINDINGS, has_role
from products import listing, marks, raw_data, slots, versions, withdraw
from products.models import Product
from products.previews.shown import with_thumbnails
from restores import forms, keeping, quotas, replacing, restorability, shown, submit
from restores.leases import ENDED

PAGE = 50


@require_safe
def mous(request, uid):
    """All there is of a MOUS, and what can be asked of it: the button, or the reasons why not."""
    found = archived.mous(uid, request.user, request.now)
    current = listing.of_mous(found, request.user, request.now).select_related("eb", "source")
    products, gone = versions.with_history(with_thumbnails(current), found, request.user, request.now)
    looks_after = has_role(request.user, *SEE_FINDINGS)
    words = _announced(found) | {
        "mous": found,
        "ebs": raw_data.beside(found.ebs.prefetch_related("spws"), products),
        "products": products,
        "no_longer": gone,
        "calibrated": current.filter(directory="calibrated", role="measurement_set") if found.delivery_id else [],
        "refusals": restorability.refusals(found, by=request.user, now=request.now),
        "findings": found.findings.filter(settled_at=None) if looks_after else [],
        "unrecognised": current.filter(marks__contains=[marks.UNRECOGNISED]) if looks_after else [],
        "shows_decisions": staff_views.may_see(request.user, found.project),
        "requests": shown.visible_to(request.user, request.now).filter(mous=found)
        if request.user.is_authenticated
        else [],
    }
    return render(request, "mous.html", words)


def _announced(mous):
    """What the index says where a delivery says nothing."""
    return {
        "announced_only": announced.only(mous),
        "alma_page": announced.alma_page(mous),
        "alma_files": announced.alma_files(mous.uid),
        "announced_blocks": announced.blocks_not_delivered(mous),
        "sources": announced.sources(mous),
        "windows": [] if (delivered := mous.ebs.filter(spws__isnull=False).exists()) else announced.windows(mous),
        "windows_delivered": delivered,
    }


@require_POST
def restore(request, uid):
    made = submit.request_restore(find.mous(uid, request.user, request.now), by=request.user, now=request.now)
    return redirect("request", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def image(request, uid):
    wanted = find.mous(uid, request.user, request.now)
    restorability.require_restorable(wanted, by=request.user, now=request.now)
    if request.method == "POST":
        return _ask_image(request, wanted)
    chosen = request.GET.dict()
    old = replacing.cube(wanted, chosen.get("replaces"), request.user)
    return _image_page(request, wanted, forms.blank(wanted, chosen, old), old=old)


def _ask_image(request, wanted):
    form, status = forms.sent(wanted, request.POST), 400
    if form.is_valid():
        try:
            made = submit.request_image(wanted, form.asked(), by=request.user, now=request.now)
            return redirect("request", made.pk)
        except ArchiveError as error:
            form.blame(error)
            status = error.status
    return _image_page(
        request, wanted, form, status, old=replacing.cube(wanted, request.POST.get("replaces"), request.user)
    )


def _image_page(request, wanted, form, status=200, *, old):
    """`old` is the cube that is to be replaced, if there is one."""
    return render(request, "image.html", {"mous": wanted, "form": form, "old": old}, status=status)


@require_safe
def requests(request):
    page = Paginator(shown.visible_to(request.user, request.now), PAGE).get_page(request.GET.get("page", 1))
    words = {"page": page, "usage": quotas.usage(request.user), "of_all": shown.sees_all(request.user)}
    return render(request, "requests.html", words)


@require_safe
def request_page(request, pk):
    found = shown.find(request.user, pk, request.now)
    cube = slots.cube_of(found.pk)
    words = {
        "asked": found,
        "kept_until": keeping.kept_until(found, request.now),
        "may_renew": keeping.may_renew(found, request.user, request.now),
        "renewals_left": keeping.renewals_left(found),
        "may_abort": submit.may_abort(found, request.user),
        "running": found.phase not in ENDED,
        "percent": round(100 * found.fraction),
        "products": listing.of_request(found.pk, request.user, request.now),
        "cube": cube if cube and withdraw.may_withdraw(cube, request.user) else None,
        "replaceable": cube is not None and slots.replaceable(cube, request.user),
        "days_kept": settings.WITHDRAWN_DAYS,
        "gone": _withdrawn(found, request.user),
    }
    return render(request, "request.html", words)


def _withdrawn(found, user):
    """Images of a request that its reader withdrew, each with the button that brings it back."""
    rows = Product.objects.filter(request_id=found.pk, withdrawn_at__isnull=False, companion_of=None)
    returnable = [row for row in rows if withdraw.may_bring_back(row, user)]
    return [{"product": row, "until": withdraw.kept_until(row)} for row in returnable]


@require_POST
def abort(request, pk):
    found = shown.find(request.user, pk, request.now)
    submit.abort(found, by=request.user)
    return redirect("request", found.pk)


@require_POST
def renew(request, pk):
    found = shown.find(request.user, pk, request.now)
    until = keeping.renew(found, by=request.user, now=request.now)
    messages.success(request, f"The result is kept until {until:%Y-%m-%d %H:%M} UTC.")
    return redirect("request", found.pk)


@require_POST
def withdraw_cube(request, pk):
    found = shown.find(request.user, pk, request.now)
    cube = slots.require_cube(found.pk)
    withdraw.withdraw(cube, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, f"{cube.name} was withdrawn. Another cube of {found.imaging.source.name} can be made.")
    return redirect("request", found.pk)
