"""Quantities as people read them."""

from django import template

from archive.models import NEVER

register = template.Library()


@register.filter
def ghz(hertz):
    return f"{hertz / 1e9:.6f}"


@register.filter
def khz(hertz):
    return f"{hertz / 1e3:.3f}"


@register.filter
def degrees(angle):
    return "" if angle is None else f"{angle:.6f}"


@register.filter
def size(count):
    """Bytes in the decimal units in which disks and the archive count."""
    if count is None:
        return ""
    amount, units = float(count), iter(("B", "kB", "MB", "GB", "TB", "PB"))
    unit = next(units)
    while amount >= 999.5 and unit != "PB":
        amount, unit = amount / 1000, next(units)
    return f"{count} B" if unit == "B" else f"{amount:.3g} {unit}"


@register.filter
def moment(at):
    """A UTC time; ALMA's year 3000 means that none is known."""
    if at is None:
        return ""
    return "no date known" if at >= NEVER else f"{at:%Y-%m-%d %H:%M} UTC"
