"""What is approved is published, once, whole, and in the order it happened."""

from __future__ import annotations

import datetime
import hashlib

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from allimi.models import (
    AreaCount,
    DisclosureQueue,
    Narrowing,
    PublishedNarrowing,
    PublishedRecord,
    PublishedVersion,
    SealedVersion,
)
from allimi.publication import publish_pending, queue_due_narrowings, republish
from pmis.models import DailyReport, Project, ScreenRelease, Withdrawal, WorkLine
from pmis.services.approvals import perform
from tests.allimi.conftest import DAY, Site, versions_of


def test_a_registered_project_is_published_with_its_people_and_contract(site: Site) -> None:
    kinds = set(PublishedRecord.objects.values_list("kind", flat=True))
    assert kinds == {"project", "participant", "contract", "organization"}
    record = PublishedRecord.objects.get(kind="project")
    assert record.title == "성수대교 보수공사"
    assert record.items["areas"] == [{"area": "S1"}]
    assert record.firms == [site.firm.public_id]


def test_a_draft_is_never_published(site: Site, published) -> None:
    assert published(site.report()) is None


def test_an_approved_report_is_published_with_its_lines_and_approval(site: Site, published) -> None:
    report = site.approve(site.report())
    record = published(report)
    assert record.items["workforce_lines"][0]["count"] == 4
    assert record.items["work_lines"][0]["quantity"] == "3.000"
    assert "plate" not in record.body and "12가3456" not in record.body
    approval = PublishedRecord.objects.get(kind="approval").items
    assert [event["action"] for event in approval["events"]] == ["submit", "confirm", "approve"]


def test_nobody_decides_on_their_own_draft(site: Site) -> None:
    site.project.participants.create(
        user=site.agent,
        role="supervisor",
        organization=site.firm,
        valid_from=DAY.replace(year=2025),
    )
    report = perform(subject=site.report(), action="submit", by=site.agent)
    with pytest.raises(PermissionDenied):
        perform(subject=report, action="confirm", by=site.agent)


def test_the_commitment_binds_salt_and_text(site: Site) -> None:
    for version in PublishedVersion.objects.all():
        assert len(version.salt) == 32
        digest = hashlib.sha256(bytes(version.salt) + version.body.encode()).digest()
        assert digest == bytes(version.commitment)


def test_a_change_by_sql_is_a_new_version_and_an_unchanged_record_is_not(site: Site) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pmis_project SET name = 'X' WHERE id = %s", [site.project.pk])
    publish_pending()
    first, second = versions_of(site.project)
    assert second.items["name"] == "X"
    assert bytes(second.previous_commitment) == bytes(first.commitment)
    Project.objects.filter(pk=site.project.pk).update(internal_risk_rating="high")
    publish_pending()
    assert len(versions_of(site.project)) == 2


def test_republishing_unchanged_records_writes_nothing(site: Site) -> None:
    keys = list(PublishedRecord.objects.values_list("public_id", "kind"))
    before = PublishedVersion.objects.count()
    for key, kind in keys:
        assert republish(kind, [key]).versions == 0
    assert PublishedVersion.objects.count() == before


def _correct(site: Site, report: DailyReport) -> DailyReport:
    corrected = DailyReport.objects.create(
        project=site.project,
        author=site.agent,
        date=DAY,
        public_id=report.public_id,
        version_no=2,
        supersedes=report,
        reason="수량 정정",
        number=report.number,
        work_summary="정정",
    )
    return site.approve(corrected)


def test_republishing_finds_every_kind_of_change_without_the_queue(site: Site) -> None:
    def found(record: Project | DailyReport, kind: str) -> int:
        DisclosureQueue.objects.all().delete()
        first = republish(kind, [record.public_id])
        assert republish(kind, [record.public_id]).versions == 0
        return first.versions

    report = site.approve(site.report())
    assert found(report, "daily_report") == 1
    _correct(site, report)
    # The corrected version now says that it is superseded.
    assert found(report, "daily_report") == 2
    assert [version.source_version for version in versions_of(report)] == [1, 1, 2]
    Project.objects.filter(pk=site.project.pk).update(name="X")
    assert found(site.project, "project") == 1
    PublishedRecord.objects.filter(public_id=site.project.public_id).update(title="Y")
    assert found(site.project, "project") == 0
    assert PublishedRecord.objects.get(public_id=site.project.public_id).title == "X"
    _narrow(site, record_type="project", public_id=site.project.public_id, item="")
    assert found(site.project, "project") == 1
    assert PublishedRecord.objects.get(public_id=site.project.public_id).is_withdrawn


def test_two_approved_versions_in_one_tick_give_two_published_versions(site: Site) -> None:
    report = site.approve(site.report())
    _correct(site, report)
    publish_pending()
    first, second = versions_of(report)
    assert (first.change_class, second.change_class) == ("new", "correction")
    assert second.reason == "수량 정정"
    assert PublishedRecord.objects.get(public_id=report.public_id).items["work_summary"] == "정정"


def test_an_approved_report_and_its_lines_cannot_change(site: Site) -> None:
    report = site.approve(site.report())
    line = report.work_lines.get()
    for change in (
        lambda: DailyReport.objects.filter(pk=report.pk).update(work_summary="X"),
        lambda: WorkLine.objects.filter(pk=line.pk).update(quantity=9),
        lambda: WorkLine.objects.filter(pk=line.pk).delete(),
        lambda: WorkLine.objects.create(report=report, activity="X"),
        lambda: report.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_withdrawn_record_is_closed_with_its_old_texts_and_opens_again(
    site: Site, published
) -> None:
    report = site.approve(site.report())
    published(report)
    withdrawal = Withdrawal.objects.create(
        record_type="daily_report",
        record_public_id=report.public_id,
        ground="G6",
        reason="개인정보가 들어 있음",
        role="officer",
        by=site.officer,
    )
    record = published(report)
    assert record.is_withdrawn and "포장" not in record.body
    old, last = versions_of(report)
    assert old.body is None and old.salt is None
    assert last.change_class == "withdrawal" and last.reason == "개인정보가 들어 있음"
    assert SealedVersion.objects.filter(public_id=report.public_id).count() == 1

    withdrawal.lifted_at = timezone.now()
    withdrawal.save()
    record = published(report)
    assert not record.is_withdrawn and record.items["work_summary"] == "포장"
    texts = [version.body for version in versions_of(report)]
    assert texts[0] == texts[2] == record.body
    assert not SealedVersion.objects.exists()


def _narrow(site: Site, **fields: object) -> Narrowing:
    now = timezone.now()
    return Narrowing.objects.create(
        ground="G5",
        reason="심사 중",
        decided_by=site.officer,
        starts_at=now - datetime.timedelta(minutes=1),
        ends_at=now + datetime.timedelta(days=10),
        **fields,
    )


def test_a_narrowed_item_leaves_the_text_and_its_older_versions(site: Site, published) -> None:
    narrowing = _narrow(site, record_type="project", public_id=site.project.public_id, item="cost")
    record = published(site.project)
    assert record.items["total_cost_amount"] is None
    assert record.items["narrowed"][0]["item"] == "cost"
    assert [version.body is None for version in versions_of(site.project)] == [True, False]
    assert PublishedNarrowing.objects.get().reason == "심사 중"

    narrowing.ended_at = timezone.now()
    narrowing.save()
    record = published(site.project)
    assert record.items["total_cost_amount"] == 1_000_000
    assert all(version.body for version in versions_of(site.project))


def test_a_narrowed_type_closes_all_its_records(site: Site) -> None:
    _narrow(site, record_type="contract")
    publish_pending()
    assert PublishedRecord.objects.get(kind="contract").is_withdrawn


def test_a_published_version_never_changes(site: Site) -> None:
    version = PublishedVersion.objects.first()
    for change in (
        lambda: PublishedVersion.objects.filter(pk=version.pk).update(body="{}"),
        lambda: PublishedVersion.objects.filter(pk=version.pk).update(reason="X"),
        lambda: version.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "text",
    [
        "연락처 010-1234-5678",
        "write to kim@example.org",
        "900101-1234567",
        "국민은행 123456-78-901234",
        "계좌 123-456-789",
        "4111 1111 1111 1111",
    ],
)
def test_text_that_looks_like_personal_data_is_held_until_released(
    site: Site, published, text: str
) -> None:
    report = site.approve(site.report(special_notes=text))
    record = published(report)
    assert record.items["special_notes"] is None and text not in record.body
    ScreenRelease.objects.create(
        record_type="daily_report",
        record_public_id=report.public_id,
        item="special_notes",
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        reason="공용 번호",
        by=site.officer,
    )
    assert published(report).items["special_notes"] == text


@pytest.mark.parametrize("text", ["문의 02-2133-1234", "2026-11-20 09:00-18:00", "KS D 3504"])
def test_office_numbers_and_dates_are_not_held(site: Site, published, text: str) -> None:
    report = site.approve(site.report(resident_notice=text))
    assert published(report).items["resident_notice"] == text


def test_areas_count_their_projects(site: Site) -> None:
    def counted() -> dict[int, int]:
        rows = AreaCount.objects.filter(count__gt=0)
        return {row.area_id: row.count for row in rows}

    assert counted() == {site.city.pk: 1, site.district.pk: 1}
    perform(subject=site.project, action="contract", by=site.officer)
    publish_pending()
    assert counted() == {site.city.pk: 1, site.district.pk: 1}
    Withdrawal.objects.create(
        record_type="project",
        record_public_id=site.project.public_id,
        ground="G2",
        reason="보안",
        role="officer",
        by=site.officer,
    )
    publish_pending()
    assert counted() == {}


def test_the_queue_is_empty_after_publishing(site: Site) -> None:
    assert not DisclosureQueue.objects.exists()


def test_a_narrowing_begins_and_ends_by_the_clock_and_queues_its_records_once(site: Site) -> None:
    assert queue_due_narrowings() == 0
    assert not DisclosureQueue.objects.exists()
    narrowing = _narrow(site, record_type="project", public_id=site.project.public_id, item="cost")
    publish_pending()
    queue_due_narrowings()
    publish_pending()
    assert PublishedRecord.objects.get(kind="project").items["total_cost_amount"] is None
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE allimi_narrowing DISABLE TRIGGER allimi_queue_update")
        cursor.execute(
            "UPDATE allimi_narrowing SET starts_at = now() - interval '2 days',"
            " ends_at = now() - interval '1 second' WHERE id = %s",
            [narrowing.pk],
        )
        cursor.execute("ALTER TABLE allimi_narrowing ENABLE TRIGGER allimi_queue_update")
    assert queue_due_narrowings() == 1
    publish_pending()
    assert PublishedRecord.objects.get(kind="project").items["total_cost_amount"] == 1_000_000
    assert queue_due_narrowings() == 0
    assert not DisclosureQueue.objects.exists()
