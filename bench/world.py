"""An archive of many rows for `bench/access.py`, made by the database itself; the numbers are those of a large archive.

A hundred products a MOUS, two MOUSs a project; half of the MOUSs are public, one project in a hundred is confidential.
One reader in three delegations is the same person.  Rows are fixed: nothing is drawn.
"""

from django.core.management import call_command
from django.db import connection

PER_MOUS = 100
MANY = 3  # every so manieth delegation is that of `delegee`
PEOPLE = ("pi", "delegee", "staff", "stranger")

_USERS = """
INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active, date_joined)
SELECT coalesce((%(people)s::text[])[n], 'user' || n), '!', false, '', '', '', n = 3, true, now()
FROM generate_series(1, %(users)s) AS n
"""
_ACCOUNTS = "INSERT INTO archive_almaaccount (name, user_id) SELECT 'alma_' || username, id FROM auth_user"
_PROJECTS = """
INSERT INTO archive_project (code, title, pi_id, confidential, code_order, pi_name, pi_key, co_authors, abstract,
                             scientific_category, science_keywords, publications)
SELECT '2023.' || n %% 10 || '.' || lpad(n::text, 5, '0') || '.S', 'Project ' || n,
       (SELECT a.id FROM archive_almaaccount a JOIN auth_user u ON u.id = a.user_id
        WHERE u.username = CASE WHEN n %% 500 = 1 THEN 'pi' ELSE 'user' || (5 + n %% (%(users)s - 4)) END),
       n %% 100 = 99, 0, '', '', '', '', '', '', '{}'
FROM generate_series(1, %(projects)s) AS n
"""
_GROUPS = """
INSERT INTO archive_groupous (uid, science_goal_uid, project_id)
SELECT 'uid://A001/Xa' || to_hex(id) || '/X1', '', id FROM archive_project
"""
_MOUS = """
INSERT INTO archive_memberous (uid, gous_id, sb_name, "array", delivery_state, parts_seen, release_at, release_origin,
                               qa2_state, qa2_comment)
SELECT 'uid://A001/X' || to_hex(g.id) || '/X' || n, g.id, '', '12m', 'complete', '{}',
       now() + CASE WHEN g.id %% 2 = 0 THEN interval '-1 year' ELSE interval '1 year' END, 'ALMA', 'PASS', ''
FROM archive_groupous g, generate_series(1, 2) AS n
"""
_SOURCES = """
INSERT INTO archive_source (mous_id, name, key, intents, ra_deg, dec_deg)
SELECT id, 's' || n, 's' || n, CASE n WHEN 1 THEN '{TARGET}'::varchar[] ELSE '{PHASE}'::varchar[] END,
       (id * 7 + n) %% 360, (id + n) %% 90
FROM archive_memberous, generate_series(1, 3) AS n
"""
_PRODUCTS = """
INSERT INTO products_product (id, mous_id, source_id, origin, role, directory, name, pipeline_name, intent, spws, mode,
    stokes, layer, header, key, size, sha256, media_type, version, provenance, stored_at, withdrawn_reason,
    calibration, manual, comment, marks, md5, version_reason, quarantine_reason, checked_at)
SELECT gen_random_uuid(), m.id, CASE WHEN n %% 4 = 0 THEN s.id END, 'delivered', 'calibrator_image', 'product',
       'member.' || m.id || '.s2_ph.spw' || n || '.fits', '', 'ph', '{}', 'mfs', 'I', 'pbcor',
       CASE WHEN n %% 4 = 0 THEN '{"object_key": "s2"}'::jsonb ELSE '{}'::jsonb END,
       m.id || '/' || n, 1000, repeat('0', 64), 'application/fits', 1, '{}', now(), '',
       'regcal', false, '', '{}', '', '', '', now()
FROM archive_memberous m JOIN archive_source s ON s.mous_id = m.id AND s.key = 's2',
     generate_series(1, %(per_mous)s) AS n
"""
# Whole projects and single MOUSs by turns; the delegee of many has every third, people and projects in turn the rest.
_DELEGATIONS = """
INSERT INTO archive_delegation (project_id, mous_id, role, delegee_id, granted_by_id, granted_at, reason)
SELECT p.id, CASE WHEN n %% 2 = 0 THEN (SELECT min(m.id) FROM archive_memberous m WHERE m.gous_id = g.id) END,
       'download', u.id, %(by)s, now(), ''
FROM generate_series(1, %(delegations)s) AS n
JOIN archive_project p ON p.id = 1 + (n / 2) %% %(projects)s
JOIN archive_groupous g ON g.project_id = p.id
JOIN auth_user u
  ON u.username = CASE WHEN n %% %(many)s = 0 THEN 'delegee' ELSE 'user' || (5 + n %% (%(users)s - 4)) END
ON CONFLICT DO NOTHING
"""
_ASSIGNMENTS = """
INSERT INTO archive_staffassignment (project_id, person_id, reason, assigned_by_id, assigned_at)
SELECT p.id, %(staff)s, 'data reducer', %(by)s, now() FROM archive_project p WHERE p.id %% 100 = 3
"""
_ROLE = """
INSERT INTO auth_user_groups (user_id, group_id)
SELECT %(staff)s, id FROM auth_group WHERE name = 'data reducer'
"""


def fill(products, delegations):
    """Rows of a whole archive; the names of `PEOPLE` are accounts."""
    call_command("migrate", verbosity=0)
    projects = max(10, products // (2 * PER_MOUS))
    facts = {"people": list(PEOPLE), "users": max(20, projects), "projects": projects, "per_mous": PER_MOUS}
    facts |= {"delegations": delegations, "many": MANY}
    with connection.cursor() as cursor:
        cursor.execute(_USERS, facts)
        cursor.execute("SELECT username, id FROM auth_user WHERE username = ANY(%s)", [list(PEOPLE)])
        ids = dict(cursor.fetchall())
        facts |= {"by": ids["pi"], "staff": ids["staff"]}
        for statement in (_ACCOUNTS, _PROJECTS, _GROUPS, _MOUS, _SOURCES, _PRODUCTS, _DELEGATIONS):
            cursor.execute(statement, facts)
        cursor.execute(_ASSIGNMENTS, facts)
        cursor.execute("INSERT INTO auth_group (name) VALUES ('data reducer') ON CONFLICT DO NOTHING")
        cursor.execute(_ROLE, facts)
        cursor.execute("ANALYZE")
        cursor.execute("SELECT (SELECT count(*) FROM products_product), (SELECT count(*) FROM archive_delegation)")
        return dict(zip(("products", "delegations"), cursor.fetchone(), strict=True))
