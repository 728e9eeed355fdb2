"""Who reads the drawn archive: a PI with her projects, a delegee, staff with assignments, and somebody with nothing.

One project in a hundred is confidential; one MOUS in five hundred is recalled, one in nine in the projects of the PI
and of staff.  Who has what follows from the keys of projects and MOUSs, so that a second reckoning
(`bench/brute_force.py`) may start from the same rows.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection

PEOPLE = ("pi", "delegee", "staff", "stranger")
# The account with most projects
_PI = """
UPDATE archive_almaaccount SET user_id = %(pi)s
WHERE id = (SELECT pi_id FROM archive_project WHERE pi_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)
"""
# Whole projects and single MOUSs by turns, of PIs other than her
_DELEGATIONS = """
INSERT INTO archive_delegation (project_id, mous_id, role, delegee_id, granted_by_id, granted_at, reason)
SELECT p.id, CASE WHEN p.id %% 2 = 0 THEN (SELECT min(m.id) FROM archive_memberous m JOIN archive_groupous g
              ON g.id = m.gous_id WHERE g.project_id = p.id) END,
       'download', CASE WHEN p.id %% 7 = 0 THEN %(pi)s ELSE %(delegee)s END, %(pi)s, now(), ''
FROM archive_project p LEFT JOIN archive_almaaccount a ON a.id = p.pi_id
WHERE a.user_id IS DISTINCT FROM %(pi)s AND p.id %% 500 IN (3, 110, 217, 324, 431)
"""
_ASSIGNMENTS = """
INSERT INTO archive_staffassignment (project_id, person_id, reason, assigned_by_id, assigned_at)
SELECT id, %(staff)s, 'data reducer', %(pi)s, now() FROM archive_project WHERE id %% 150 = 7
"""
_CONFIDENTIAL = "UPDATE archive_project SET confidential = true WHERE id %% 100 = 17 OR id %% 1500 = 7"
_RECALLED = """
UPDATE archive_memberous m SET recalled_at = now(), recall_reason = 'of another project'
FROM archive_groupous g JOIN archive_project p ON p.id = g.project_id
LEFT JOIN archive_almaaccount a ON a.id = p.pi_id
WHERE g.id = m.gous_id AND (m.id %% 500 = 7 OR ((a.user_id = %(pi)s OR p.id %% 150 = 7) AND m.id %% 9 = 4))
"""


def settle() -> dict:
    """Accounts by name.  After the rows are loaded: PIs and projects are made from them."""
    user = get_user_model()
    people = {name: user.objects.create_user(name, f"{name}@example.org") for name in PEOPLE}
    user.objects.filter(username="staff").update(is_staff=True)
    people["staff"].groups.add(Group.objects.get_or_create(name="data reducer")[0])
    keys = {name: person.pk for name, person in people.items()}
    with connection.cursor() as cursor:
        for statement in (_PI, _DELEGATIONS, _ASSIGNMENTS, _CONFIDENTIAL, _RECALLED):
            cursor.execute(statement, keys)
    return user.objects.in_bulk(PEOPLE, field_name="username")
