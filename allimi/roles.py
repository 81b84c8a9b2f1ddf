"""The database roles and what each may do (docs/architecture.md, "Who may read what").

One PostgreSQL schema; grants do the separating. `manage.py grant` runs after every migration and
is idempotent: it takes everything back and gives what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps
from django.db.backends.utils import CursorWrapper

from allimi.catalogue import CATALOGUE

APP, PUBLISHER, PORTAL, CITIZEN = "ccs_app", "ccs_publisher", "ccs_portal", "ccs_citizen"
ROLES = (APP, PUBLISHER, PORTAL, CITIZEN)

#: What everyone may read, and nothing else in the database.
PORTAL_TABLES = (
    "allimi_publishedrecord",
    "allimi_publishedversion",
    "allimi_publishedrecordarea",
    "allimi_areacount",
    "allimi_publicationstate",
    "allimi_publishedfile",
    "allimi_publishednarrowing",
    "allimi_publisheddocument",
    "allimi_disclosurerate",
    "ccs_area",
)
#: Rights of the publisher on tables and columns. It cannot read the working tables themselves.
PUBLISHER_RIGHTS = {
    "allimi_publishedrecord": "SELECT, INSERT, UPDATE",
    "allimi_publishedversion": "SELECT, INSERT, UPDATE (body, salt, seq)",
    "allimi_sealedversion": "SELECT, INSERT, DELETE",
    "allimi_publishedrecordarea": "SELECT, INSERT, UPDATE, DELETE",
    "allimi_areacount": "SELECT",
    "allimi_publicationstate": "SELECT, INSERT, UPDATE",
    "allimi_publishedfile": "SELECT, INSERT",
    "allimi_publishednarrowing": "SELECT, INSERT, UPDATE, DELETE",
    "allimi_publisheddocument": "SELECT, INSERT",
    "allimi_disclosurequeue": "SELECT, DELETE",
    "allimi_narrowing": (
        "SELECT (starts_at, ends_at, is_start_queued, is_release_queued), "
        "UPDATE (is_start_queued, is_release_queued)"
    ),
    "allimi_source_narrowing": "SELECT",
    "allimi_source_withdrawal": "SELECT",
    "allimi_source_document": "SELECT",
    "ccs_area": "SELECT",
    "ccs_heartbeat": "SELECT, INSERT, UPDATE",
}
#: Functions that the source views call as the reader.
PUBLISHER_FUNCTIONS = (
    "ccs_personal_data(text)",
    "ccs_card_number_is_valid(text)",
    "ccs_resident_number_is_valid(text)",
    "allimi_screened(uuid, text, text)",
)
#: Functions that the working side calls: triggers' helpers, and the only ways to erase.
APP_FUNCTIONS = (
    "ccs_is_erasing(oid, text, text)",
    "pmis_erase(bigint[])",
    "pmis_delete_access_log(integer, boolean)",
)
#: Tables of the working side that may only grow.
APPEND_ONLY = (
    "ccs_history",
    "pmis_approvalevent",
    "pmis_issueddocument",
    "pmis_issuedcopy",
    "pmis_personaldataaccess",
    "pmis_disposalentry",
)
#: Tables of Allimi that the working side writes; the others it only reads.
WRITTEN_BY_APP = ("allimi_narrowing", "allimi_disclosurerate")


def make_roles(cursor: CursorWrapper, passwords: Mapping[str, str] | None = None) -> None:
    """Make the roles that are missing; with `passwords`, let them sign in with these.

    Waits for others who do the same: parallel `CREATE ROLE` fails.
    """
    cursor.execute("SELECT pg_advisory_lock(7305011201)")
    try:
        for role in ROLES:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
            if passwords and role in passwords:
                cursor.execute(f"ALTER ROLE {role} LOGIN PASSWORD %s", [passwords[role]])
    finally:
        cursor.execute("SELECT pg_advisory_unlock(7305011201)")


def roles_exist(cursor: CursorWrapper) -> bool:
    """Return whether `manage.py grant` has made all roles in this cluster."""
    cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
    return cursor.fetchone()[0] == len(ROLES)


def grant(cursor: CursorWrapper) -> None:
    """Take all rights back and give what this module says; one transaction is wise."""
    everyone = ", ".join(ROLES)
    cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {everyone}")
    for kind in ("TABLES", "SEQUENCES"):
        cursor.execute(f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM PUBLIC, {everyone}")
    cursor.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    _revoke_functions(cursor)
    _grant_app(cursor)
    _grant_publisher(cursor)
    for table in PORTAL_TABLES:
        cursor.execute(f"GRANT SELECT ON {table} TO {PORTAL}")


def _revoke_functions(cursor: CursorWrapper) -> None:
    """Close all functions of the schema, as far as they are ours or an administrator asks.

    A trusted extension belongs to the cluster's superuser: its functions can be closed by that
    role only (the embedded PostgreSQL and docs/operations.md do).
    """
    cursor.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p"
        " WHERE p.pronamespace = 'public'::regnamespace"
        " AND pg_has_role(p.proowner, 'USAGE')"
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC, {', '.join(ROLES)}")


def _grant_app(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    allimi = {model._meta.db_table for model in apps.get_app_config("allimi").get_models()}
    for (table,) in cursor.fetchall():
        if table in APPEND_ONLY:
            rights = "SELECT, INSERT" if table != "ccs_history" else "SELECT"
        elif table in allimi and table not in WRITTEN_BY_APP:
            rights = "SELECT"
        else:
            rights = "SELECT, INSERT, UPDATE, DELETE"
        cursor.execute(f'GRANT {rights} ON "{table}" TO {APP}')
    cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")
    cursor.execute(f"GRANT EXECUTE ON FUNCTION ccs_personal_data(text) TO {APP}")
    for function in (*PUBLISHER_FUNCTIONS[1:3], *APP_FUNCTIONS):
        cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}")


def _grant_publisher(cursor: CursorWrapper) -> None:
    rights = PUBLISHER_RIGHTS | {kind.view: "SELECT" for kind in CATALOGUE.values()}
    for table, right in rights.items():
        cursor.execute(f"GRANT {right} ON {table} TO {PUBLISHER}")
        cursor.execute(
            "SELECT pg_get_serial_sequence(%s, 'id') WHERE EXISTS (SELECT 1 FROM"
            " information_schema.columns WHERE table_schema = 'public'"
            " AND table_name = %s AND column_name = 'id')",
            [table, table],
        )
        row = cursor.fetchone()
        if row and row[0] and "INSERT" in right:
            cursor.execute(f"GRANT USAGE ON SEQUENCE {row[0]} TO {PUBLISHER}")
    for function in PUBLISHER_FUNCTIONS:
        cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {PUBLISHER}")
