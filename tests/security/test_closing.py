"""What is closed by decision leaves every place that repeats it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from allimi.catalogue import CATALOGUE, Disclosure
from allimi.catalogue.sql import listing_sql
from allimi.models import Narrowing, PublishedNarrowing, PublishedRecord, PublishedVersion
from allimi.publication import publish_pending
from ccs.models import Organization
from pmis.models import Contract, DailyReport, Withdrawal
from tests.allimi.conftest import DAY, Site, one_of

MOBILE = "010-1234-5678"


def _narrow(site: Site, **fields: Any) -> Narrowing:
    now = timezone.now()
    made = Narrowing.objects.create(
        **{
            "ground": "G4",
            "reason": "조사 중",
            "decided_by": site.officer,
            "starts_at": now - datetime.timedelta(minutes=1),
            "ends_at": now + datetime.timedelta(days=1),
            **fields,
        }
    )
    publish_pending()
    return made


@pytest.mark.parametrize(
    ("kind", "item", "columns"),
    [
        ("project", "cost", {"amount": None, "currency": ""}),
        ("project", "geometry", {"longitude": None, "latitude": None}),
        ("project", "status", {"status": ""}),
        ("project", "ordering_body", {"ordering_body": None}),
        ("project", "planned_completion_date", {"end_date": None}),
        ("contract", "contractor", {"firms": []}),
        ("contract", "amount", {"amount": None}),
        ("subcontract", "subcontractor", {"firms": []}),
        ("participant", "organization", {"firms": []}),
    ],
)
def test_a_narrowed_item_leaves_the_listing_and_comes_back(
    site: Site, client: Client, kind: str, item: str, columns: dict[str, Any]
) -> None:
    record = one_of(site, kind)
    publish_pending()
    published = PublishedRecord.objects.filter(public_id=record.public_id)
    before = published.get()
    narrowing = _narrow(site, record_type=kind, public_id=record.public_id, item=item)
    after = published.get()
    assert {name: getattr(after, name) for name in columns} == columns
    for path in ("/ko/", "/en/projects/", f"/ko/projects/{site.project.public_id}/"):
        assert client.get(path).status_code == 200
    assert client.get(f"/ko/records/{record.public_id}/", follow=True).status_code == 200
    narrowing.ended_at = timezone.now()
    narrowing.save()
    publish_pending()
    assert {name: getattr(published.get(), name) for name in columns} == {
        name: getattr(before, name) for name in columns
    }


def test_a_narrowed_day_does_not_sort_the_list(site: Site) -> None:
    report = site.approve(site.report())
    publish_pending()
    narrowing = _narrow(site, record_type="daily_report", public_id=report.public_id, item="date")
    listed = PublishedRecord.objects.get(public_id=report.public_id).sort_date
    assert listed == narrowing.starts_at.astimezone(datetime.UTC).date() != DAY


def test_a_listing_repeats_open_items_only() -> None:
    for record_type in CATALOGUE.values():
        listing = " ".join(record_type.listing.values())
        for item, column in record_type.item_columns():
            if item.disclosure != Disclosure.OPEN:
                assert f"t.{column}" not in listing, (record_type.kind, column)
        assert "n.items &&" in listing_sql(record_type) or record_type.kind == "approval"


@pytest.mark.parametrize("how", ["withdrawn", "narrowed", "narrowed_item", "whole_type"])
def test_a_project_does_not_tell_the_firm_of_a_contract_that_was_closed(
    site: Site, how: str
) -> None:
    other = Organization.objects.create(kind="contractor", name="누리토건")
    Contract.objects.filter(pk=site.contract.pk).update(contractor=other)
    publish_pending()
    project = PublishedRecord.objects.filter(kind="project")
    assert project.get().firms == [other.public_id]
    key = site.contract.public_id
    if how == "withdrawn":
        closing: Any = Withdrawal.objects.create(
            record_type="contract",
            record_public_id=key,
            ground="G7",
            reason="영업 비밀",
            role="officer",
            by=site.officer,
        )
        end = "lifted_at"
    else:
        fields = {
            "narrowed": {"public_id": key},
            "narrowed_item": {"public_id": key, "item": "contractor"},
            "whole_type": {},
        }[how]
        closing, end = _narrow(site, record_type="contract", **fields), "ended_at"
    publish_pending()
    assert project.get().firms == []
    setattr(closing, end, timezone.now())
    closing.save()
    publish_pending()
    assert project.get().firms == [other.public_id]


def test_the_reason_of_a_correction_passes_the_screen(site: Site) -> None:
    report = site.approve(site.report())
    corrected = DailyReport.objects.create(
        project=site.project,
        author=site.agent,
        date=DAY,
        public_id=report.public_id,
        version_no=2,
        supersedes=report,
        reason=f"김현장 {MOBILE}",
        number=report.number,
        work_summary="정정",
    )
    site.approve(corrected)
    publish_pending()
    version = PublishedVersion.objects.filter(public_id=report.public_id).latest("version_no")
    assert version.reason == "" and MOBILE not in version.body
    assert version.change_class == "correction"


def test_the_reasons_of_withdrawal_and_narrowing_pass_the_screen(site: Site) -> None:
    _narrow(
        site,
        record_type="project",
        public_id=site.project.public_id,
        item="cost",
        reason=f"문의 {MOBILE}",
    )
    Withdrawal.objects.create(
        record_type="contract",
        record_public_id=site.contract.public_id,
        ground="G6",
        reason=f"문의 {MOBILE}",
        role="officer",
        by=site.officer,
    )
    publish_pending()
    assert PublishedNarrowing.objects.get().reason == ""
    texts = PublishedVersion.objects.exclude(body=None).values_list("body", "reason")
    assert MOBILE not in str(list(texts))
    assert PublishedRecord.objects.get(kind="contract").is_withdrawn
