"""Target names and uids, as keys of the index.

All names are looked through, also those of hidden rows, for a name alone answers nothing: the rows do, and of these
only what the reader may know of.
"""

from django.db import connection

from archive import repeated, target_names, uids
from archive.search.columns import Conditions, keys_as_sql
from archive.search.given import Term
from archive.search.reader import Reader
from archive.search.refusals import CriterionError, UnknownUidError

LAST = "\U0010ffff"  # no letter comes behind it
MOST_LISTED = 5000  # keys of names that are written into the query; beyond, the database looks them up itself


def add_targets(conditions: Conditions, terms: tuple[Term, ...]) -> bool:
    """Whether few rows are left."""
    few = False
    for excluded in (False, True):
        chosen = [term.text for term in terms if term.excluded is excluded]
        if not chosen:
            continue
        looked_up, said = _spelled(chosen)
        if not excluded and looked_up == _EQUAL:
            few = True
            conditions.add_found(
                f"o.name_id = ANY(ARRAY(SELECT t.id FROM archive_targetname t WHERE {_EQUAL}))", **said
            )
        else:
            few |= _add(conditions, looked_up, said, excluded)
    return few


def add_similar(conditions: Conditions, texts: tuple[str, ...]) -> bool:
    """Names whose trigrams are about those of one of the texts (settings: pg_trgm.similarity_threshold)."""
    if not texts:
        return False
    keys = [_folded_part("similar", text) for text in texts]
    said = {f"similar_{number}": key for number, key in enumerate(keys)}
    return _add(conditions, " OR ".join(f"t.key %% %({name})s" for name in said), said, excluded=False)


_EQUAL = "t.key = ANY(%(names)s)"


def _spelled(texts: list[str]) -> tuple[str, dict[str, object]]:
    """As a condition of names, each part of which an index finds: those that are equal, begin so, or are like."""
    keys, patterns = _folded(texts)
    parts, said = [_EQUAL] if keys else [], {"names": keys}
    for number, (pattern, exact) in enumerate(patterns):
        begin = pattern.removesuffix("%")
        if "%" not in begin:
            sql = f"t.key ~>=~ %(begin_{number})s AND t.key ~<~ %(end_{number})s"
            said |= {f"begin_{number}": begin, f"end_{number}": begin + LAST}
        else:
            sql = f"t.key LIKE %(pattern_{number})s"
            said[f"pattern_{number}"] = pattern
        if exact:
            sql += f" AND t.key ~ %(exact_{number})s"
            said[f"exact_{number}"] = exact
        parts.append(f"({sql})")
    return " OR ".join(parts), said


def _add(conditions: Conditions, looked_up: str, said: dict[str, object], excluded: bool) -> bool:
    looked_up = f"({looked_up})"
    found = _keys(f"SELECT t.id FROM archive_targetname t WHERE {looked_up} LIMIT {MOST_LISTED + 1}", said)
    negation = "NOT " if excluded else ""
    if len(found) > MOST_LISTED:
        renamed = {f"{name}_{'not' if excluded else 'of'}": value for name, value in said.items()}
        for name in said:
            looked_up = looked_up.replace(f"%({name})s", f"%({name}_{'not' if excluded else 'of'})s")
        conditions.add(f"{negation}o.name_id IN (SELECT t.id FROM archive_targetname t WHERE {looked_up})", **renamed)
        return False
    if excluded:
        conditions.add(f"NOT o.name_id = ANY({keys_as_sql(found)})")
        return False
    name = "similar_names" if "similar_0" in said else "target_names"
    conditions.add_found(f"o.name_id = ANY(%({name})s::bigint[])", **{name: found})
    return True  # a name has some rows, in one place


def _folded(texts: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Keys that are equal, and patterns of those that are like."""
    keys, patterns = [], []
    for text in texts:
        if "*" in text:
            pattern, exact = target_names.pattern(text)
            if not pattern.strip("%"):
                raise CriterionError("target", f"{text!r} has no letters or digits.", "Write a part of the name.")
            patterns.append((pattern, exact))
        else:
            keys.append(_folded_part("target", text))
    return keys, patterns


def _folded_part(parameter: str, text: str) -> str:
    key = target_names.fold(text)
    if not key:
        raise CriterionError(parameter, f"{text!r} has no letters or digits.", "Write the name, or a part with *.")
    return key


def add_uids(conditions: Conditions, named: tuple[str, ...]) -> bool:
    """Rows of science goals, groups, MOUSs and blocks."""
    if named:
        parts = [_rows_of(uid).replace("%(uid)s", f"%(uid_{number})s") for number, uid in enumerate(named)]
        conditions.add_found(f"({' OR '.join(parts)})", **{f"uid_{number}": uid for number, uid in enumerate(named)})
    return bool(named)


def require_uids(named: tuple[str, ...], reader: Reader) -> None:
    """Pass, or raise `UnknownUidError` for one of which she may see no row; whether there is one is not told."""
    for uid in named:
        if not repeated.rows(_SEEN.format(_rows_of(uid), reader.visible), reader.values | {"uid": uid}):
            raise UnknownUidError(uid)


def _rows_of(uid: str) -> str:
    return _OF_DELIVERY if uids.delivery_id(uid) else _OF_UID


_GROUPS = """SELECT g.id FROM archive_groupous g WHERE g.uid = %(uid)s
    UNION SELECT g.id FROM archive_groupous g WHERE g.science_goal_uid = %(uid)s AND g.science_goal_uid <> ''"""
_MOUSS = f"""SELECT m.id FROM archive_memberous m WHERE m.uid = %(uid)s
    UNION SELECT m.id FROM archive_memberous m WHERE m.gous_id = ANY(ARRAY({_GROUPS}))"""
_OF_BLOCK = """SELECT b.mous_id FROM archive_announcedblock b WHERE b.uid = %(uid)s AND b.mous_id IS NOT NULL
    UNION SELECT e.mous_id FROM archive_executionblock e WHERE e.uid = %(uid)s"""
_BLOCK = "SELECT b.id FROM archive_announcedblock b WHERE b.uid = %(uid)s"
_OF_UID = f"""(o.mous_id = ANY(ARRAY({_MOUSS})) OR (o.mous_id IS NULL AND o.gous_id = ANY(ARRAY({_GROUPS})))
    OR (o.mous_id = ANY(ARRAY({_OF_BLOCK})) AND (o.block_id IS NULL OR o.block_id = ANY(ARRAY({_BLOCK})))))"""
# Cycle 0: its MOUS keeps this name beside the uid that ObsCore gives it
_OF_DELIVERY = """o.mous_id = ANY(ARRAY(
    SELECT m.id FROM archive_memberous m WHERE m.delivery_id = %(uid)s AND m.delivery_id <> ''))"""
_SEEN = """
WITH m AS MATERIALIZED (SELECT o.* FROM archive_observation o WHERE {})
SELECT 1 FROM m o WHERE {} LIMIT 1"""


def _keys(sql: str, values: dict[str, object]) -> list[int]:
    return [key for (key,) in _rows(sql, values)]


def _rows(sql: str, values: dict[str, object]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
