"""What each database role can reach: probed over everything the schema holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from allimi.publication import publish_pending
from allimi.roles import APP, PORTAL, PORTAL_TABLES, PUBLISHER, grant
from tests.allimi.conftest import Site


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def _all(sql: str, *params: object) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return sorted(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
def test_the_portal_reads_its_own_tables_and_no_other_relation() -> None:
    outside = (
        "SELECT n.nspname || '.' || c.relname FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        " AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND (has_table_privilege(%s, c.oid,"
        " 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
        " OR has_any_column_privilege(%s, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))"
    )
    assert _all(outside, PORTAL, PORTAL) == sorted(f"public.{table}" for table in PORTAL_TABLES)


@pytest.mark.django_db
def test_the_portal_may_change_nothing_and_reaches_no_sequence_and_no_function() -> None:
    assert not _all(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'v', 'p')"
        " AND has_table_privilege(%s, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')",
        PORTAL,
    )
    assert not _all(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND CASE relkind WHEN 'S'"
        " THEN has_sequence_privilege(%s, oid, 'USAGE, SELECT, UPDATE') END",
        PORTAL,
    )
    assert not _all(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND has_function_privilege(%s, oid, 'EXECUTE')",
        PORTAL,
    )


def test_every_forbidden_table_refuses_the_portal_when_it_is_tried(site: Site) -> None:
    tables = _all(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " UNION SELECT viewname FROM pg_views WHERE schemaname = 'public'"
    )
    for table in set(tables) - set(PORTAL_TABLES):
        with (
            acting_as(PORTAL),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')


def test_the_publisher_publishes_with_its_own_rights_alone(site: Site) -> None:
    report = site.approve(site.report(special_notes="010-1234-5678"))
    with acting_as(PUBLISHER):
        done = publish_pending()
    assert done.versions >= 2
    assert report.public_id


@pytest.mark.parametrize("table", ["pmis_dailyreport", "pmis_subcontract", "ccs_user"])
def test_the_publisher_cannot_read_the_working_tables(site: Site, table: str) -> None:
    with (
        acting_as(PUBLISHER),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT 1 FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE allimi_publishedversion SET reason = ''",
        "DELETE FROM allimi_publishedrecord",
        "DELETE FROM allimi_disclosurequeue",
        "DELETE FROM ccs_history",
        "UPDATE pmis_approvalevent SET comment = ''",
        "TRUNCATE pmis_dailyreport CASCADE",
    ],
)
def test_the_application_cannot_rewrite_what_is_published_or_logged(
    site: Site, statement: str
) -> None:
    with (
        acting_as(APP),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
def test_granting_twice_changes_nothing() -> None:
    rights = (
        "SELECT grantee || table_name || privilege_type FROM information_schema.table_privileges"
        " WHERE grantee LIKE 'ccs_%%'"
    )
    before = _all(rights)
    with connection.cursor() as cursor:
        grant(cursor)
    assert _all(rights) == before
