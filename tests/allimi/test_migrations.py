"""A migration may change a published column; afterwards everything is in place and queued."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration

from allimi import apps as allimi_apps
from allimi.apps import drop_views, install_views
from allimi.catalogue import CATALOGUE, sql
from allimi.catalogue.declarations import RecordType
from allimi.models import DisclosureQueue, PublishedRecord
from allimi.publication import publish_pending
from allimi.roles import grant
from ccs.apps import install_database as install_history
from pmis.apps import drop_search, install_search
from pmis.apps import install_database as install_locks
from pmis.models import Project
from tests.allimi.conftest import Site, versions_of

OWN_APPS = ("ccs", "pmis", "allimi", "payments")
AUTOMATIC = re.compile(r"^\d{4}_(auto_\d|.*_and_more$|alter_|remove_.*_\w+_and|initial\d)")


def _names(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(str(row) for row in cursor.fetchall())


def _views() -> list[str]:
    return _names("SELECT viewname FROM pg_views WHERE viewname LIKE 'allimi\\_source\\_%'")


def _triggers() -> list[str]:
    return _names(
        "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgname ~ '^(allimi|ccs|pmis)_'"
    )


@contextmanager
def _migration(*, model_keeps_up: bool = True) -> Iterator[BaseDatabaseSchemaEditor]:
    """Do what `migrate` does around and inside a migration.

    A test cannot take a field from the model of a running program: where it drops the column
    (`model_keeps_up` is False), the search, which reads the models, is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    drop_views(using="default", plan=["a migration"])
    drop_search(using="default", plan=["a migration"])
    with connection.schema_editor(atomic=False) as editor:
        yield editor
    install_history(using="default")
    install_locks(using="default")
    if model_keeps_up:
        install_search(using="default")
    install_views(using="default")
    with connection.cursor() as cursor:
        grant(cursor)


def _without(record_type: RecordType, column: str) -> RecordType:
    """Return the declaration of the release that no longer has `column`."""
    facts = {name: getattr(record_type, name) for name in record_type.__dataclass_fields__}
    facts["items"] = tuple(item for item in record_type.items if column not in item.columns)
    return RecordType(**facts)


def _publishes(site: Site, name: str) -> PublishedRecord:
    Project.objects.filter(pk=site.project.pk).update(name=name)
    publish_pending()
    return PublishedRecord.objects.get(public_id=site.project.public_id)


def test_without_preparation_the_database_refuses_to_change_a_published_column(
    site: Site,
) -> None:
    """A control: this is what dropping the views is for."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for change in ("ALTER COLUMN name TYPE varchar(700)", "DROP COLUMN purpose"):
            with (
                pytest.raises(DatabaseError, match="view"),
                transaction.atomic(),
            ):
                cursor.execute(f"ALTER TABLE pmis_project {change}")


def test_a_published_column_can_be_altered_and_publication_works_afterwards(site: Site) -> None:
    before = _views(), _triggers()
    old = Project._meta.get_field("name")
    new = models.TextField()
    new.set_attributes_from_name("name")
    new.model = Project
    with _migration() as editor:
        assert _views() == []
        editor.alter_field(Project, old, new)
    assert (_views(), _triggers()) == before
    assert _publishes(site, "이름 " * 200).items["name"] == "이름 " * 200


def test_a_published_column_can_be_dropped_and_the_whole_type_is_queued(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    Project.objects.filter(pk=site.project.pk).update(purpose="홍수 예방")
    publish_pending()
    assert PublishedRecord.objects.get(kind="project").items["purpose"] == "홍수 예방"
    monkeypatch.setitem(CATALOGUE, "project", _without(CATALOGUE["project"], "purpose"))
    with _migration(model_keeps_up=False) as editor:
        editor.remove_field(Project, Project._meta.get_field("purpose"))
    queued = set(DisclosureQueue.objects.values_list("kind", "public_id"))
    assert queued == {("project", site.project.public_id)}
    publish_pending()
    record = PublishedRecord.objects.get(kind="project")
    assert "purpose" not in record.items
    first, *_, last = versions_of(site.project)
    assert "purpose" in first.items and "purpose" not in last.items
    assert last.change_class == "update"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pmis_project SET name = '새 이름'")
    publish_pending()
    assert PublishedRecord.objects.get(kind="project").title == "새 이름"


def test_a_withdrawn_declaration_closes_what_no_view_yields_any_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release with a narrower condition takes its records back by itself."""
    whole = CATALOGUE["participant"]
    facts = {name: getattr(whole, name) for name in whole.__dataclass_fields__}
    monkeypatch.setitem(CATALOGUE, "participant", RecordType(**{**facts, "condition": "FALSE"}))
    with _migration():
        pass
    publish_pending()
    people = PublishedRecord.objects.filter(kind="participant")
    assert people.exists() and all(person.is_withdrawn for person in people)


def test_a_migration_that_changes_no_view_queues_nothing(site: Site) -> None:
    with _migration():
        pass
    assert not DisclosureQueue.objects.exists()


def test_an_empty_plan_leaves_the_views_alone(site: Site) -> None:
    before = _views()
    assert len(before) == len(CATALOGUE) + 3
    drop_views(using="default", plan=[])
    assert _views() == before


def test_a_change_made_while_the_triggers_were_gone_is_not_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data migration runs without triggers; where it changes a view's type all is compared."""
    monkeypatch.setitem(CATALOGUE, "project", _without(CATALOGUE["project"], "purpose"))
    with _migration():
        Project.objects.filter(pk=site.project.pk).update(name="aus der Migration")
    publish_pending()
    assert PublishedRecord.objects.get(kind="project").title == "aus der Migration"


def test_the_handlers_are_connected_around_every_migration() -> None:
    config = apps.get_app_config("allimi")
    for signal, handler in (
        (models.signals.pre_migrate, drop_views),
        (models.signals.post_migrate, install_views),
    ):
        assert handler in signal._live_receivers(sender=config)[0]
    # Views name tables of every app: they are made when the last of ours was migrated.
    order = [entry.label for entry in apps.get_app_configs()]
    assert order.index("allimi") > max(order.index("ccs"), order.index("pmis"))
    assert allimi_apps.AllimiConfig.name == "allimi"


def test_installing_again_changes_nothing(site: Site) -> None:
    before = _views(), _triggers()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        sql.install(cursor)
    assert (_views(), _triggers()) == before


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_every_migration_was_named_by_a_person_and_says_what_it_depends_on() -> None:
    for label in OWN_APPS:
        folder = Path(settings.BASE_DIR, label, "migrations")
        names = [module.name for module in pkgutil.iter_modules([str(folder)])]
        assert not [name for name in names if AUTOMATIC.match(name)], label
        numbers = [name[:4] for name in names]
        assert len(numbers) == len(set(numbers)), f"{label}: two migrations of one number"
        for name in names:
            migration = importlib.import_module(f"{label}.migrations.{name}").Migration
            assert issubclass(migration, Migration)
            assert migration.dependencies or migration.initial
