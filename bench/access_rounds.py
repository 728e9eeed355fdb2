"""The rounds of `bench/access.py`: each reader's question, by the rule of the archive and by hand, on the same rows."""

import statistics
import time

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from archive.models import MemberOUS
from bench.world import PEOPLE, PER_MOUS
from products import api, listing
from products.models import Product

# The rule by hand.  One statement for every reader: for who has no account, no row is hers.
_HERS = """
  (pi.user_id = %(user)s
   OR EXISTS (SELECT 1 FROM archive_delegation d WHERE d.delegee_id = %(user)s AND d.project_id = pr.id
              AND (d.mous_id IS NULL OR d.mous_id = m.id) AND d.revoked_at IS NULL
              AND (d.expires_at IS NULL OR d.expires_at > %(now)s))
   OR EXISTS (SELECT 1 FROM archive_staffassignment a JOIN auth_user u ON u.id = a.person_id AND u.is_staff
              JOIN auth_user_groups ug ON ug.user_id = u.id JOIN auth_group r ON r.id = ug.group_id
              WHERE a.person_id = %(user)s AND a.project_id = pr.id AND a.ended_at IS NULL
              AND r.name IN ('data reducer', 'archive scientist')))
"""
_LOCK = f"""
  coalesce({_HERS}, false) OR (NOT pr.confidential AND (m.release_at <= %(now)s
   OR (s.intents && '{{AMPLITUDE,BANDPASS,CHECK,PHASE,POLANGLE,POLARIZATION,POLLEAKAGE}}'::varchar[]
       AND p.header ->> 'object_key' = s.key
       AND NOT EXISTS (SELECT 1 FROM archive_source t JOIN archive_memberous tm ON tm.id = t.mous_id
                       JOIN archive_groupous tg ON tg.id = tm.gous_id
                       WHERE tg.project_id = pr.id AND t.intents @> '{{TARGET}}'::varchar[] AND (t.key = s.key
                       OR sin(radians(t.dec_deg)) * sin(radians(s.dec_deg)) + cos(radians(t.dec_deg))
                          * cos(radians(s.dec_deg)) * cos(radians(t.ra_deg - s.ra_deg)) > 0.99999999995)))))
"""  # noqa: S608 (put together from what stands here)
_ROWS = f"""
SELECT p.*, m.uid, s.name, {_LOCK}
FROM products_product p JOIN archive_memberous m ON m.id = p.mous_id JOIN archive_groupous g ON g.id = m.gous_id
JOIN archive_project pr ON pr.id = g.project_id LEFT JOIN archive_almaaccount pi ON pi.id = pr.pi_id
LEFT JOIN archive_source s ON s.id = p.source_id
WHERE (NOT pr.confidential OR {_HERS})
"""  # noqa: S608 (likewise)
CHECK = f"{_ROWS} AND p.id = %(product)s"
PAGE = f"""{_ROWS} AND p.mous_id = %(mous)s AND p.withdrawn_at IS NULL AND p.superseded_at IS NULL
AND (p.expires_at IS NULL OR p.expires_at > %(now)s) ORDER BY p.origin, p.directory, p.name, p.id LIMIT {PER_MOUS}"""


def run(repeats):
    people = {"anonymous": AnonymousUser()} | {name: get_user_model().objects.get(username=name) for name in PEOPLE}
    rows = []
    for name, user in people.items():
        for what, kind, ours, peer in (("check", Product, _check, CHECK), ("page", MemberOUS, _page, PAGE)):
            asked = _spread(kind, repeats if what == "check" else max(10, repeats // 5))
            times = [(_timed(ours, user, pk), _timed(_by_hand, user, pk, peer)) for pk in asked]
            rows.append({"what": what, "reader": name} | _figures("ours", times, 0) | _figures("peer", times, 1))
    return rows


def _spread(kind, count):
    """Keys from all over the table, every one another row, so that no cache of rows is warmed by the one before."""
    total = kind.objects.count()
    step = max(1, total // count)
    return [kind.objects.order_by("pk").values_list("pk", flat=True)[place] for place in range(0, total, step)][:count]


def _timed(question, *asked):
    began = time.perf_counter()
    question(*asked)
    return (time.perf_counter() - began) * 1e3


def _figures(whose, times, column):
    spent = sorted(pair[column] for pair in times)
    middle, late = statistics.median(spent), spent[int(len(spent) * 0.95)]
    return {f"{whose}_ms": round(middle, 3), f"{whose}_p95_ms": round(late, 3)}


def _check(user, pk):
    """What the file route asks, now and while bytes flow."""
    listing.lock(pk, user, timezone.now())


def _page(user, pk):
    """What the list of products asks for its first page."""
    rows = listing.OfMous(MemberOUS(pk=pk), user, timezone.now(), api.COLUMNS)
    assert len(rows[0:PER_MOUS]) in {0, PER_MOUS}  # none where it is hidden


def _by_hand(user, pk, statement):
    with connection.cursor() as cursor:
        named = {"product": pk, "mous": pk, "user": user.pk or 0, "now": timezone.now()}
        cursor.cursor.execute(statement, named)
        cursor.fetchall()
