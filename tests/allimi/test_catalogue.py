"""The catalogue covers every column, and every column's change reaches the public page."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models

from allimi.catalogue import CATALOGUE, Disclosure
from allimi.catalogue.checks import columns_of, problems_of
from allimi.catalogue.declarations import Item, RecordType
from allimi.catalogue.rates import catalogue_rate, real_rates
from allimi.catalogue.sql import field_of
from allimi.models import DisclosureQueue, PublishedRecord
from allimi.publication import publish_pending
from tests.allimi.conftest import Site, one_of

DOCUMENTED = Path(__file__).parent.parent.parent / "docs" / "disclosure.md"


def test_every_column_of_every_record_type_has_an_entry() -> None:
    assert [problem for kind in CATALOGUE.values() for problem in problems_of(kind)] == []
    assert sum(1 for kind in CATALOGUE.values() for _ in columns_of(kind)) > 150


def test_a_new_column_without_an_entry_is_an_error() -> None:
    whole = CATALOGUE["subcontract"]
    forgetful = RecordType(
        **{
            **{name: getattr(whole, name) for name in whole.__dataclass_fields__},
            "items": tuple(item for item in whole.items if item.code != "bank_account"),
        }
    )
    assert any("bank_account has no entry" in problem for problem in problems_of(forgetful))


def test_about_nine_items_in_ten_are_public() -> None:
    rate = catalogue_rate()
    assert Decimal(86) <= rate.percent <= Decimal(94)
    assert rate.opened + rate.masked + rate.withheld == rate.items


def test_the_documented_table_is_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("disclosure", "--table-only")
    printed = capsys.readouterr().out.strip()
    assert printed in DOCUMENTED.read_text(), "run: ./run manage disclosure --table-only"


def test_the_real_rate_counts_filled_items_of_public_records(site: Site) -> None:
    site.approve(site.report(internal_remarks="내부", worker_names="홍길동"))
    rates = real_rates()
    report = rates["daily_report"]
    assert report.items - report.public == 2
    assert rates["project"].public <= rates["project"].items


def _other_value(field: models.Field, old: Any) -> Any:
    """Return a value that the column may hold and does not hold now."""
    match field:
        case models.BooleanField():
            return not old
        case models.IntegerField() | models.DecimalField() | models.FloatField():
            return (old or 0) + 1
        case models.DateTimeField():
            return (old or datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)) + datetime.timedelta(
                days=1
            )
        case models.DateField():
            return (old or datetime.date(2026, 1, 1)) + datetime.timedelta(days=1)
        case models.TimeField():
            return datetime.time(7, 30)
        case models.JSONField():
            return '["ko"]'
        case models.CharField() | models.TextField():
            others = [value for value, _ in field.choices or () if value != old]
            return others[0] if others else f"x{old or ''}"[: field.max_length]
    return None


def _published_columns(record_type: RecordType) -> list[str]:
    return [
        column
        for item, column in record_type.item_columns()
        if item.disclosure == Disclosure.OPEN
        and "." not in column
        and not isinstance(
            field_of(record_type.model, column), models.ForeignKey | models.UUIDField
        )
        and column not in ("state", "approver_roles")
    ]


@pytest.mark.parametrize("kind", list(CATALOGUE))
def test_each_published_column_changed_by_sql_reaches_the_public(site: Site, kind: str) -> None:
    record = _one_of(site, kind)
    record_type = CATALOGUE[kind]
    published = PublishedRecord.objects.filter(public_id=record.public_id)
    _relax(record_type)
    for column in _published_columns(record_type):
        before = published.get().items[column]
        value = _other_value(field_of(record_type.model, column), getattr(record, column))
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{record_type.table}" SET "{column}" = %s WHERE public_id = %s',
                [value, record.public_id],
            )
        publish_pending()
        assert published.get().items[column] != before, column


def _relax(record_type: RecordType) -> None:
    """Drop the locks and checks that would refuse an arbitrary value: other tests' subject."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for lock in ("pmis_first_promise", "pmis_locked"):
            cursor.execute(f'DROP TRIGGER IF EXISTS {lock} ON "{record_type.table}"')
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
            [record_type.table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{record_type.table}" DROP CONSTRAINT "{name}"')


def _one_of(site: Site, kind: str) -> Any:
    """Return one published record of a type."""
    record = one_of(site, kind)
    publish_pending()
    record.refresh_from_db()
    return record


@pytest.mark.parametrize("kind", list(CATALOGUE))
def test_every_table_of_a_record_type_queues_its_key(site: Site, kind: str) -> None:
    record = _one_of(site, kind)
    record_type = CATALOGUE[kind]
    assert not DisclosureQueue.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for lines in record_type.lines:
            table = lines.model._meta.db_table
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER allimi_queue_update')
            cursor.execute(f'UPDATE "{table}" SET id = id')
            changed = cursor.rowcount
            queued = DisclosureQueue.objects.filter(kind=kind, public_id=record.public_id)
            assert queued.exists() == bool(changed), table
            cursor.execute("DELETE FROM allimi_disclosurequeue")


def test_items_have_a_ground_when_withheld() -> None:
    grounds = {
        item.ground
        for kind in CATALOGUE.values()
        for item in kind.items
        if item.disclosure == Disclosure.WITHHELD
    }
    assert None not in grounds
    assert isinstance(CATALOGUE["project"].item("cost"), Item)
