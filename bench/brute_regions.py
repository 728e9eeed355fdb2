"""Regions and cones for `bench/brute_force.py`: from the texts, by distances to great circles, one after the other."""

import re

import numpy as np
from django.db import connection

_SHAPE = re.compile(r"(Not\s*\(\s*)?(Polygon|Circle)(?:\s+ICRS)?((?:\s+[-+0-9.e]+)+)", re.IGNORECASE)


def separations_deg(ra, dec, ra0, dec0):
    """Great circles by the haversine."""
    ra, dec, ra0, dec0 = (np.radians(value) for value in (ra, dec, ra0, dec0))
    half = np.sin((dec - dec0) / 2) ** 2 + np.cos(dec) * np.cos(dec0) * np.sin((ra - ra0) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


class Regions:
    def __init__(self):
        self._read = {}

    def overlap(self, keys, cone):
        """For each key of a footprint, whether some of it lies within the cone, the rim of both included."""
        missing = [int(key) for key in keys if int(key) not in self._read]
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, region FROM archive_footprint WHERE id = ANY(%s)", [missing])
            self._read |= {key: _shapes(text) for key, text in cursor.fetchall()}
        return np.array([_overlaps(self._read[int(key)], *cone) for key in keys], bool)


def _shapes(text):
    """Whether it is a hole, and its numbers in pairs."""
    found = []
    for hole, word, numbers in _SHAPE.findall(text):
        if word.lower() == "circle":
            raise ValueError(f"a circle that is no footprint of its own: {text[:80]}")
        pairs = np.array(numbers.split(), float).reshape(-1, 2)
        found.append((bool(hole), pairs))
    return found


def _overlaps(shapes, ra, dec, radius):
    """No hole reaches the outline that it is in: a cone misses the rest only from within the hole."""
    inside, touched = False, False
    for hole, pairs in shapes:
        holds, distance = _held(pairs, ra, dec)
        if hole and holds and distance > radius:
            return False
        touched |= not hole and (holds or distance <= radius)
        inside |= holds
    return touched


def _held(pairs, ra, dec):
    """Whether a position lies within a polygon, and how far its outline is, in degrees.

    In the gnomonic projection about the position great circles are straight, and the position is the origin.
    """
    ra_r, dec_r, ra0, dec0 = np.radians(pairs[:, 0]), np.radians(pairs[:, 1]), np.radians(ra), np.radians(dec)
    cosine = np.sin(dec0) * np.sin(dec_r) + np.cos(dec0) * np.cos(dec_r) * np.cos(ra_r - ra0)
    if cosine.min() <= 0.02:
        raise ValueError("a polygon that reaches far around the sky")
    x = np.cos(dec_r) * np.sin(ra_r - ra0) / cosine
    y = (np.cos(dec0) * np.sin(dec_r) - np.sin(dec0) * np.cos(dec_r) * np.cos(ra_r - ra0)) / cosine
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    crosses = (y > 0) != (y2 > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x - y * (x2 - x) / (y2 - y)
    holds = bool(np.count_nonzero(crosses & (at > 0)) % 2)
    along = (x2 - x) ** 2 + (y2 - y) ** 2
    part = np.clip(-(x * (x2 - x) + y * (y2 - y)) / np.where(along > 0, along, 1), 0, 1)
    nearest = np.hypot(x + part * (x2 - x), y + part * (y2 - y)).min()
    return holds, float(np.degrees(np.arctan(nearest)))
