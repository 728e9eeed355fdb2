"""How a knob is read: from a variable `ALTIPLANO_*`, else its default; what must be given in production has none."""

import os

from django.core.exceptions import ImproperlyConfigured


def flag(name, default=""):
    return os.environ.get(name, default) in {"1", "true", "yes", "on"}


PRODUCTION = flag("ALTIPLANO_PRODUCTION")


def setting(name, default, *, secret=False):
    """The variable, or the default; in production, what is marked `secret` must be given."""
    if name in os.environ:
        return os.environ[name]
    if PRODUCTION and secret:
        raise ImproperlyConfigured(f"{name} is not set. In production it has no default: set it before starting.")
    return default() if callable(default) else default


def listed(name, default):
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]
