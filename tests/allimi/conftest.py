"""Helpers of the publication tests."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from allimi.models import PublishedRecord, PublishedVersion
from allimi.publication import publish_pending
from ccs.models import Area, Organization, User
from pmis.models import (
    Contract,
    DailyReport,
    EquipmentLine,
    Participant,
    Project,
    ProjectArea,
    Schedule,
    WorkforceLine,
    WorkItem,
    WorkLine,
)
from pmis.roles import Role
from pmis.services.approvals import perform

DAY = datetime.date(2026, 11, 20)


class Site:
    """A registered project with its three people and one signed contract."""

    def __init__(self) -> None:
        self.city = Area.objects.create(kind="city", code="S", names={"ko": "서울", "en": "Seoul"})
        self.district = Area.objects.create(
            kind="district", code="S1", names={"ko": "성동구"}, parent=self.city, level=1
        )
        self.city.path, self.district.path = [self.city.pk], [self.city.pk, self.district.pk]
        self.city.save()
        self.district.save()
        self.body = Organization.objects.create(kind="ordering_body", name="성동구청")
        self.firm = Organization.objects.create(kind="contractor", name="한빛건설")
        self.officer = User.objects.create_user("officer", password="x", name="박공무")
        self.supervisor = User.objects.create_user("supervisor", password="x", name="이감리")
        self.agent = User.objects.create_user("agent", password="x", name="김현장")
        self.project = Project.objects.create(
            code="P-1",
            name="성수대교 보수공사",
            work_type="road",
            ordering_body=self.body,
            currency="KRW",
            total_cost_amount=1_000_000,
            start_date=DAY - datetime.timedelta(days=30),
            original_completion_date=DAY + datetime.timedelta(days=300),
            planned_completion_date=DAY + datetime.timedelta(days=300),
        )
        ProjectArea.objects.create(project=self.project, area=self.district)
        for user, role, organization in (
            (self.officer, Role.OFFICER, self.body),
            (self.supervisor, Role.SUPERVISOR, self.firm),
            (self.agent, Role.SITE_AGENT, self.firm),
        ):
            Participant.objects.create(
                project=self.project,
                user=user,
                role=role,
                organization=organization,
                name=user.name,
                valid_from=DAY - datetime.timedelta(days=300),
            )
        self.contract = Contract.objects.create(
            project=self.project,
            kind="construction",
            number="C-1",
            title="성수대교 보수",
            contractor=self.firm,
            currency="KRW",
            original_amount=900_000,
            amount=900_000,
            signed_date=DAY,
        )
        self.project = perform(subject=self.project, action="register", by=self.officer)
        self.contract = perform(subject=self.contract, action="sign", by=self.officer)

    def schedule(self) -> Schedule:
        """Return a draft schedule with one work item."""
        schedule = Schedule.objects.create(
            project=self.project, author=self.agent, as_of_date=DAY
        )
        WorkItem.objects.create(
            schedule=schedule,
            code="A1",
            name="교면포장",
            quantity=100,
            unit="m2",
            weight=100,
            planned_start_date=DAY,
            planned_finish_date=DAY + datetime.timedelta(days=10),
        )
        return schedule

    def report(self, day: datetime.date = DAY, **fields: Any) -> DailyReport:
        """Return a draft report with lines."""
        report = DailyReport.objects.create(
            project=self.project, author=self.agent, date=day, work_summary="포장", **fields
        )
        WorkLine.objects.create(report=report, activity="교면포장", quantity=3)
        WorkforceLine.objects.create(report=report, trade="포장공", count=4)
        EquipmentLine.objects.create(report=report, type="굴착기", count=1, plate="12가3456")
        return report

    def approve(self, report: DailyReport) -> DailyReport:
        """Lead a report through its line."""
        report = perform(subject=report, action="submit", by=self.agent)
        report = perform(subject=report, action="confirm", by=self.supervisor)
        return perform(subject=report, action="approve", by=self.officer)


@pytest.fixture
def site(db: None) -> Site:
    """A registered project, published."""
    made = Site()
    publish_pending()
    return made


@pytest.fixture
def published() -> Callable[[Any], PublishedRecord]:
    """Return what is published of a record, after publishing what waits."""

    def find(record: Any) -> PublishedRecord | None:
        publish_pending()
        return PublishedRecord.objects.filter(public_id=record.public_id).first()

    return find


def versions_of(record: Any) -> list[PublishedVersion]:
    """Return the published versions of a record, oldest first."""
    return list(PublishedVersion.objects.filter(public_id=record.public_id).order_by("version_no"))
