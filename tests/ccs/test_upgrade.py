"""A database that fits is brought up to date; one that does not is told so in a sentence."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections
from django.db.migrations.recorder import MigrationRecorder

from allimi.apps import install_views
from allimi.catalogue import sql
from ccs.management.commands import upgrade

pytestmark = pytest.mark.django_db


def views_and_triggers() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_views WHERE viewname LIKE 'allimi_source_%'")
        views = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'allimi_queue%'")
        return views, cursor.fetchone()[0]


def test_database_of_this_release_fits() -> None:
    assert upgrade.unknown_migrations() == [] and upgrade.missing_columns() == []


def test_database_of_a_later_release_is_refused_before_anything_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    MigrationRecorder(connections["owner"]).record_applied("pmis", "0999_from_tomorrow")
    called: list[Any] = []
    monkeypatch.setattr(upgrade, "call_command", lambda *names, **options: called.append(names))
    with pytest.raises(CommandError, match=r"migration pmis\.0999_from_tomorrow, .*CCS_DATA_DIR"):
        call_command("upgrade", stdout=StringIO())
    assert called == []


def test_database_whose_migrations_were_written_anew_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*names: str, **options: Any) -> None:
        raise ProgrammingError('relation "pmis_photo" already exists\nLINE 1: CREATE TABLE')

    monkeypatch.setattr(upgrade, "call_command", fail)
    with pytest.raises(CommandError) as refused:
        call_command("upgrade", stdout=StringIO())
    assert 'relation "pmis_photo" already exists.' in str(refused.value)
    assert "LINE" not in str(refused.value) and "./run backup" in str(refused.value)


def test_missing_column_of_rewritten_migrations_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "call_command", lambda *names, **options: None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ccs_heartbeat RENAME COLUMN name TO other")
    with pytest.raises(CommandError, match=r"lacks ccs_heartbeat\.name \(1 in all\)"):
        call_command("upgrade", stdout=StringIO())


def test_views_and_triggers_stay_when_making_them_anew_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = views_and_triggers()
    assert min(before) > 10
    monkeypatch.setattr(sql, "triggers_sql", lambda: "SELECT no_such_function()")
    with pytest.raises(ProgrammingError):
        install_views(using="default")
    assert views_and_triggers() == before


def test_making_them_anew_gives_the_same() -> None:
    before = views_and_triggers()
    install_views(using="default")
    assert views_and_triggers() == before
