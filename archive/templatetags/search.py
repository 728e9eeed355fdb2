"""Figures of search results as people read them."""

from datetime import datetime, timedelta

from django import template

register = template.Library()
MJD_ZERO = datetime(1858, 11, 17)


@register.filter
def thousands(number):
    """With narrow spaces, as in 10 000."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


@register.filter
def told(count):
    """A count that stopped at its cap says so."""
    return f"{thousands(count.rows)}+" if count.more else thousands(count.rows)


@register.filter
def figure(value):
    """Three figures, without an exponent where people need none."""
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


@register.filter
def in_ghz(hertz):
    return "" if hertz is None else f"{hertz / 1e9:.3f}"


@register.filter
def window(row):
    """A spectral window, with its number where it has one."""
    edges = " to ".join(f"{edge / 1e9:.4f}" for edge in (row["low_hz"], row["high_hz"]) if edge is not None)
    return f"{edges} (spw {row['spw']})" if row["spw"] is not None else edges


@register.filter
def day(mjd):
    return "" if mjd is None else f"{MJD_ZERO + timedelta(days=mjd):%Y-%m-%d}"


@register.filter
def release_day(text):
    """ALMA's year 3000 means that none is known."""
    return text[:10] if text and not text.startswith("3000") else "no date known"
