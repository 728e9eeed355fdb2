"""The answer to a question reckoned anew: every row is looked at, with formulas that the archive does not use.

Rows come from the tables as numbers; separations are great circles by the haversine, names are folded here, and who
may have what is put together from accounts, delegations and assignments in plain Python.  Of the flat table's copies
of release, recall and confidentiality nothing is believed but for rows that belong to no MOUS.
"""

import re
from datetime import UTC, datetime

import numpy as np
import polars as pl

from bench import brute_names, brute_regions
from bench.brute_tables import Tables, rights

FIRST = 1000


class BruteForce:
    """Rows stand in the order of their declination, so that a cone needs a look at its own stripe only."""

    def __init__(self, tables: Tables, now: datetime):
        self.tables, self.now = tables, np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us")
        self.names = brute_names.Names(tables.names)
        self.regions = brute_regions.Regions()
        self._known = {}  # rights over all rows, by person

    def answer(self, asked, user) -> tuple[np.ndarray, np.ndarray]:
        """Places of the rows, the first `FIRST` of them in the order asked for, and whether `user` may have each."""
        wants, at = asked.wants, slice(None)
        if "cone" in wants:
            at = self._stripe(wants["cone"])
        visible, _, granted, public = self._rights(user, at)
        scope = {"all": visible, "public": public, "mine": granted}
        fits = scope[self.scope(asked, user)].copy()
        for name, value in wants.items():
            if name not in ("sort", "scope"):
                fits &= getattr(self, f"_{name}")(value, at, fits)
        places = np.flatnonzero(fits) + (at.start or 0)
        places = places[self._order(wants.get("sort", "project"), places)]
        return places, self._rights(user, places)[1]

    @staticmethod
    def scope(asked, user) -> str:
        scope = asked.wants.get("scope", "all")
        return "public" if scope == "mine" and user is None else scope

    def _rights(self, user, at):
        """Who may know of a row, who may have it, who may have it by a right of her own; and what is public."""
        if user not in self._known:
            self._known[user] = self._of_all_rows(user)
        return tuple(flags[at] for flags in self._known[user])

    def _of_all_rows(self, user):
        projects, mous, assigned = rights(user, self.now)
        rows = self.tables.rows
        whole, staffed = np.zeros((2, len(self.tables.confidential)), bool)
        single = np.zeros(self.tables.mous_keys, bool)
        whole[list(projects)] = staffed[list(assigned)] = True
        single[list(mous)] = True
        hidden, granted = self.tables.confidential[rows["project"]], whole[rows["project"]] | single[rows["mous"]]
        public = (rows["release"] <= self.now) & ~hidden
        mine = granted & ((rows["recalled"] == 0) | staffed[rows["project"]])
        return ~hidden | granted, public | mine, mine, public

    def _order(self, sort, places):
        """Without a value last, whichever way; rows that are equal by their key."""
        rows, down = self.tables.rows, sort.startswith("-")
        sign = -1 if down else 1
        if sort.removeprefix("-") == "project":
            mous = rows["mous"][places].astype(np.int64)
            last = np.where(mous == 0, np.iinfo(np.int64).max, mous)  # in a B-tree, null is after all others
            return _sorted(
                sign * self.tables.code_rank[rows["project"][places]], sign * last, sign * rows["id"][places]
            )
        column = {"observed": "t_min", "released": "release", "frequency": "low", "resolution": "resolution"}
        values = rows[column[sort.removeprefix("-")]][places]
        values = values.astype("datetime64[us]").astype(np.int64) if values.dtype.kind == "M" else values
        keyed = sign * values if values.dtype.kind == "i" else np.where(np.isnan(values), np.inf, sign * values)
        return _sorted(keyed, sign * rows["id"][places])

    def _stripe(self, cone):
        _, dec, radius, footprint = cone
        reach = radius + (self.tables.widest_deg if footprint else 0) + 1e-6
        low, high = np.searchsorted(self.tables.rows["dec"], [dec - reach, dec + reach])  # no position: at the end
        return slice(int(low), int(high))

    def _cone(self, cone, at, fits):
        ra, dec, radius, footprint = cone
        rows = self.tables.rows
        apart = brute_regions.separations_deg(rows["ra"][at], rows["dec"][at], ra, dec)
        if not footprint:
            return apart <= radius
        plain, bound = rows["footprint"][at] == 0, rows["bound"][at]
        near = np.flatnonzero(~plain & fits & (apart <= radius + bound + 1e-6))
        keys, back = np.unique(rows["footprint"][at][near], return_inverse=True)
        overlaps = plain & (apart <= radius + bound)
        overlaps[near] = self.regions.overlap(keys, (ra, dec, radius))[back]
        return overlaps

    def _codes(self, codes, at, fits):
        return np.isin(self.tables.codes, codes)[self.tables.rows["project"][at]]

    def _code_prefix(self, begin, at, fits):
        return np.char.startswith(self.tables.codes, begin)[self.tables.rows["project"][at]]

    def _mous(self, uid, at, fits):
        return self.tables.rows["mous"][at] == self.tables.mous_of[uid]

    def _name(self, name, at, fits):
        return self.names.equal(name)[self.tables.rows["name"][at]]

    def _name_prefix(self, name, at, fits):
        return self.names.beginning(name)[self.tables.rows["name"][at]]

    def _similar(self, name, at, fits):
        return self.names.similar(name)[self.tables.rows["name"][at]]

    def _covers(self, span, at, fits):
        return (self.tables.rows["low"][at] <= span[1]) & (self.tables.rows["high"][at] >= span[0])

    def _bands(self, bands, at, fits):
        return np.bitwise_and(self.tables.rows["bands"][at], sum(1 << band for band in bands)) != 0

    def _target_intent(self, _, at, fits):
        return self.tables.rows["intents"][at] % 2 == 1

    def _array(self, number, at, fits):
        return self.tables.rows["array"][at] == number

    def _qa2(self, numbers, at, fits):
        return np.isin(self.tables.rows["qa2"][at], numbers)

    def _finest(self, arcsec, at, fits):
        return self.tables.rows["resolution"][at] <= arcsec

    def _month(self, month, at, fits):
        first = np.datetime64(f"{month[0]}-{month[1]:02d}", "M")
        begin, end = first.astype("datetime64[us]"), (first + 1).astype("datetime64[us]")
        return (self.tables.rows["release"][at] >= begin) & (self.tables.rows["release"][at] < end)

    def _pi(self, text, at, fits):
        words = re.findall(r"\w+", text.lower())
        fit = pl.lit(value=True)
        for word in words:
            fit &= pl.col("pi").str.to_lowercase().str.contains(word, literal=True)
        return self._of_projects(fit, at)

    def _keyword(self, text, at, fits):
        return self._of_projects(pl.col("keywords").str.to_lowercase().str.contains(text.lower(), literal=True), at)

    def _of_projects(self, condition, at):
        return self.tables.projects.select(condition.fill_null(value=False)).to_series().to_numpy()[
            self.tables.rows["project"][at]
        ]  # fmt: skip


def _sorted(first, *others):
    """The order by several keys; beyond the first `FIRST` any order."""
    if len(first) <= FIRST:
        return np.lexsort((*reversed(others), first))
    foremost = first <= np.partition(first, FIRST)[FIRST]
    at = np.flatnonzero(foremost)
    return np.concatenate(
        [at[np.lexsort((*(key[at] for key in reversed(others)), first[at]))], np.flatnonzero(~foremost)]
    )
