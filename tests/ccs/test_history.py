"""Every change of an internal row is in the database's own history, whoever makes it, however."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from allimi.roles import APP
from ccs.database import APPS_WITH_HISTORY, WITHOUT_HISTORY, tables_with_history
from ccs.lib.acting import acting
from ccs.middleware import ActorMiddleware
from ccs.models import AccessToken, History, Organization, RuleValue, User
from tests.factories.ccs import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db
TABLE = "ccs_organization"


def _newest(table: str = TABLE) -> History:
    return History.objects.filter(table=table).latest("id")


def _count(table: str = TABLE) -> int:
    return History.objects.filter(table=table).count()


@pytest.fixture
def firm() -> Organization:
    return OrganizationFactory(name="한결건설")


@pytest.fixture
def nobody_acts() -> Iterator[None]:
    """Fail a test that leaves an actor on the connection."""
    yield
    assert _actor() == ("", "")


def _actor() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('ccs.actor', true), ''),"
            " coalesce(current_setting('ccs.origin', true), '')"
        )
        return cursor.fetchone()


def test_an_insert_is_recorded_with_its_values_and_the_database_user(firm: Organization) -> None:
    row = _newest()
    assert (row.operation, row.row_id, row.old) == ("insert", firm.pk, None)
    assert row.new["name"] == "한결건설"
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, txid_current()")
        assert (row.database_user, row.transaction) == cursor.fetchone()


def test_an_update_is_recorded_with_old_and_new(firm: Organization) -> None:
    firm.name = "누리건설"
    firm.save()
    row = _newest()
    assert (row.operation, row.old["name"], row.new["name"]) == (
        "update",
        "한결건설",
        "누리건설",
    )


def test_a_delete_is_recorded_with_what_was_deleted(firm: Organization) -> None:
    key = firm.pk
    firm.delete()
    row = _newest()
    assert (row.operation, row.row_id, row.new) == ("delete", key, None)
    assert row.old["name"] == "한결건설"


def test_bulk_changes_are_recorded_row_by_row() -> None:
    before = _count()
    firms = Organization.objects.bulk_create(
        [Organization(kind="contractor", name=f"firm {number}") for number in range(5)]
    )
    assert _count() == before + 5
    mine = Organization.objects.filter(pk__in=[firm.pk for firm in firms])
    mine.update(address="서울")
    assert _count() == before + 10
    for firm in firms:
        firm.name = f"{firm.name} Ltd"
    Organization.objects.bulk_update(firms, ["name"])
    assert _count() == before + 15
    mine.delete()
    assert _count() == before + 20
    rows = History.objects.filter(table=TABLE, row_id=firms[0].pk).order_by("id")
    assert [row.operation for row in rows] == ["insert", "update", "update", "delete"]


def test_raw_sql_is_recorded_as_the_pages_are(firm: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ccs_organization SET name = 'SQL' WHERE id = %s", [firm.pk])
    row = _newest()
    assert row.new["name"] == "SQL"
    assert (row.actor_id, row.origin) == (None, "")
    assert row.database_user


def test_an_update_that_changes_nothing_leaves_no_row(firm: Organization) -> None:
    before = _count()
    Organization.objects.filter(pk=firm.pk).update(name=F("name"))
    Organization.objects.filter(pk=-1).update(name="nobody")
    assert _count() == before


def test_a_change_that_was_rolled_back_leaves_no_row(firm: Organization) -> None:
    before = _count()
    with transaction.atomic():
        Organization.objects.filter(pk=firm.pk).update(name="undone")
        transaction.set_rollback(True)
    assert _count() == before


def test_actor_and_origin_hold_inside_the_block_only(firm: Organization, nobody_acts: None) -> None:
    with acting(actor_id=42, origin="import"):
        Organization.objects.filter(pk=firm.pk).update(name="inside")
    inside = _newest()
    Organization.objects.filter(pk=firm.pk).update(name="outside")
    outside = _newest()
    assert (inside.actor_id, inside.origin) == (42, "import")
    assert (outside.actor_id, outside.origin) == (None, "")


def test_the_actor_is_cleared_when_the_work_fails(firm: Organization, nobody_acts: None) -> None:
    with pytest.raises(RuntimeError), acting(actor_id=42, origin="import"):
        raise RuntimeError("failed")


def test_a_very_long_origin_does_not_stop_the_change(firm: Organization) -> None:
    with acting(actor_id=42, origin="x" * 5000):
        Organization.objects.filter(pk=firm.pk).update(name="long")
    assert len(_newest().origin) == 200


def test_a_changing_request_names_its_person_address_and_path(
    client: Client, nobody_acts: None
) -> None:
    person = UserFactory(language="en")
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    client.post("/accounts/language/", {"language": "ko"}, REMOTE_ADDR="192.0.2.7")
    row = History.objects.filter(table="ccs_user", new__language="ko").get()
    assert row.actor_id == person.pk
    assert row.origin == "192.0.2.7 POST /accounts/language/"


def test_a_reading_request_and_a_stranger_name_nobody(nobody_acts: None) -> None:
    person = UserFactory()
    seen = []

    def look(request: HttpRequest) -> HttpResponse:
        seen.append(_actor()[0])
        return HttpResponse()

    factory = RequestFactory()
    for request, user in (
        (factory.get("/pmis/"), person),
        (factory.post("/pmis/"), person),
        (factory.post("/pmis/"), type("Nobody", (), {"is_authenticated": False})()),
    ):
        request.user = user
        ActorMiddleware(look)(request)
    assert seen == ["", str(person.pk), ""]


def test_the_request_of_the_next_person_never_acts_as_the_one_before(nobody_acts: None) -> None:
    people = [UserFactory(), UserFactory()]
    for person in people:
        request = RequestFactory().post("/pmis/")
        request.user = person

        def rename(request: HttpRequest, person: User = person) -> HttpResponse:
            User.objects.filter(pk=person.pk).update(department="시설과")
            return HttpResponse()

        ActorMiddleware(rename)(request)
        assert _newest("ccs_user").actor_id == person.pk


def test_passwords_and_secrets_are_in_no_history() -> None:
    person = User.objects.create_user("kim", password="correct horse battery", name="김하늘")
    person.set_password("another horse battery")
    person.save()
    person.delete()
    rows = History.objects.filter(table="ccs_user")
    assert rows.count() >= 3
    for row in rows:
        assert "password" not in (row.old or {}) and "password" not in (row.new or {})
    everything = str(list(rows.values_list("old", "new")))
    assert "argon2" not in everything and "horse" not in everything


def test_history_knows_only_the_digest_of_a_key() -> None:
    columns = {field.column for field in AccessToken._meta.concrete_fields}
    assert "digest" in columns and not {"key", "secret", "token"} & columns


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ccs_history SET origin = 'somebody else'",
        "UPDATE ccs_history SET actor_id = 1",
        "DELETE FROM ccs_history",
    ],
)
def test_history_can_only_grow(firm: Organization, change: str) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        'INSERT INTO ccs_history ("table", row_id, operation, at, transaction, origin,'
        " database_user) VALUES ('x', 1, 'insert', now(), 1, '', '')",
        "UPDATE ccs_history SET origin = ''",
        "DELETE FROM ccs_history",
        "TRUNCATE ccs_history",
        "ALTER TABLE ccs_organization DISABLE TRIGGER ALL",
        "DROP TRIGGER ccs_history_update ON ccs_organization",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_can_neither_forge_nor_silence_the_history(
    firm: Organization, change: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {APP}")
        try:
            with (
                pytest.raises(DatabaseError, match="permission denied|must be owner"),
                transaction.atomic(),
            ):
                cursor.execute(change)
        finally:
            cursor.execute("RESET ROLE")


def test_the_application_writes_history_by_changing_rows(firm: Organization) -> None:
    before = _count()
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {APP}")
        cursor.execute("UPDATE ccs_organization SET name = 'app' WHERE id = %s", [firm.pk])
        cursor.execute("RESET ROLE")
    assert _count() == before + 1


def test_every_working_table_has_a_history_and_every_trigger_is_armed() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND split_part(tablename, '_', 1) = ANY(%s)",
            [list(APPS_WITH_HISTORY)],
        )
        working = {name for (name,) in cursor.fetchall()} - WITHOUT_HISTORY
        assert working <= set(tables_with_history())
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger"
            " WHERE tgname IN ('ccs_history_insert', 'ccs_history_update', 'ccs_history_delete')"
            " AND tgenabled = 'O' GROUP BY 1"
        )
        armed = dict(cursor.fetchall())
    assert armed == dict.fromkeys(tables_with_history(), 3)
    assert RuleValue._meta.db_table in armed
