"""Helpers of the publication tests."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from allimi.models import PublishedRecord, PublishedVersion
from allimi.publication import publish_pending
from ccs.lib.identity import new_public_id
from ccs.models import Area, Organization, User
from pmis.models import (
    Approval,
    CatchUpPlan,
    Contract,
    DailyReport,
    EquipmentLine,
    Letter,
    Meeting,
    Participant,
    Photo,
    Project,
    ProjectArea,
    Schedule,
    Subcontract,
    WorkforceLine,
    WorkItem,
    WorkLine,
)
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.letters import open_letter
from tests.allimi.report_records import REPORT_RECORDS
from tests.allimi.safety_records import SAFETY_RECORDS
from tests.factories.changes import (
    approved_change,
    approved_claim,
    approved_extension,
    final_evaluation,
    imposed_penalty,
)
from tests.factories.pmis import ParticipantFactory, make_site
from tests.factories.pmis import Site as Cast

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
        schedule = Schedule.objects.create(project=self.project, author=self.agent, as_of_date=DAY)
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
        schedule.work_groups.create(code="W1", name="포장공")
        schedule.milestones.create(name="준공", planned_date=DAY)
        schedule.site_days.create(date=DAY, name="현장 휴무")
        return schedule

    def catch_up_plan(self) -> CatchUpPlan:
        """Return a draft catch-up plan with one measure."""
        plan = CatchUpPlan.objects.create(
            project=self.project,
            author=self.agent,
            demanded_date=DAY,
            cause="지장물 이설 지연",
            recovery_date=DAY + datetime.timedelta(days=40),
            extra_resources="굴착기 1대",
        )
        plan.measures.create(
            measure="작업조 추가", work_item_code="A1", start_date=DAY, finish_date=DAY
        )
        return plan

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


def one_of(site: Site, kind: str) -> Any:
    """Return a record of a type that is public, with lines of every kind the type has."""
    makers: dict[str, Callable[[], Any]] = {
        "project": lambda: _with(
            site.project, lambda p: p.budgets.create(year=2026, fund_source="시비", amount=5)
        ),
        "participant": lambda: site.project.participants.first(),
        "organization": lambda: site.firm,
        "contract": lambda: _contract(site),
        "subcontract": lambda: _subcontract(site),
        "schedule": lambda: site.approve(site.schedule()),
        "catch_up_plan": lambda: site.approve(site.catch_up_plan()),
        "daily_report": lambda: site.approve(_full_report(site)),
        "letter": lambda: _letter(site),
        "meeting": lambda: _meeting(site),
        "design_change": lambda: approved_change(cast_of(site)),
        "time_extension": lambda: approved_extension(cast_of(site)),
        "progress_claim": lambda: approved_claim(make_site(), "1"),
        "evaluation": lambda: final_evaluation(cast_of(site)),
        "penalty": lambda: imposed_penalty(cast_of(site)),
        "photo": lambda: photo_of(site),
        "approval": lambda: (
            _with(site.approve(site.report()), lambda r: None) and (Approval.objects.get())
        ),
    }
    if kind in REPORT_RECORDS:
        return REPORT_RECORDS[kind](cast_of(site))
    if kind in SAFETY_RECORDS:
        return SAFETY_RECORDS[kind](site)
    return makers[kind]()


def cast_of(site: Site) -> Cast:
    """Return the site with the further people that changes, claims and penalties need."""
    people = {
        Role.OFFICER: site.officer,
        Role.SUPERVISOR: site.supervisor,
        Role.SITE_AGENT: site.agent,
    }
    for role in (Role.DEPARTMENT_HEAD, Role.ACCOUNTING_OFFICER, Role.INSPECTOR):
        people[role] = ParticipantFactory(project=site.project, role=role).user
    return Cast(site.project, people, {"contractor": site.firm})


def _with(record: Any, change: Callable[[Any], object]) -> Any:
    change(record)
    return record


def photo_of(site: Site) -> Photo:
    """Return a checked photo."""
    return Photo.objects.create(
        project=site.project,
        title="교면",
        state="checked",
        public_sha256="a" * 64,
        thumbnail_sha256="b" * 64,
        uploader=site.agent,
        checked_by=site.supervisor,
        checked_at=timezone.now(),
    )


def _contract(site: Site) -> Contract:
    contract = site.contract
    contract.parties.create(organization=site.firm, share=100, is_lead=True)
    contract.guarantees.create(kind="performance", issuer="조합", amount=1, expiry_date=DAY)
    contract.amendments.create(
        number=1, kind="value", date=DAY, reason="물량", before_amount=1, after_amount=2
    )
    contract.bill_items.create(
        section="포장", name="아스콘", unit="t", quantity=2, unit_price_amount=3, amount=6
    )
    return contract


def _subcontract(site: Site) -> Subcontract:
    subcontract = Subcontract.objects.create(
        contract=site.contract,
        subcontractor=Organization.objects.create(kind="subcontractor", name="다온토건"),
        work_scope="포장",
        contract_date=DAY,
        amount=10,
        guarantee_exemption_reason="소액",
        bank_account="110-222-333333",
    )
    subcontract = perform(subject=subcontract, action="notify", by=site.agent)
    return perform(subject=subcontract, action="approve", by=site.officer)


def _full_report(site: Site) -> DailyReport:
    report = site.report()
    report.planned_lines.create(activity="포장", quantity=1)
    report.material_lines.create(item="아스콘", received_quantity=2)
    report.visitors.create(body="구청", purpose="점검", name="홍길동")
    report.report_photos.create(photo=photo_of(site))
    return report


def _letter(site: Site) -> Letter:
    """Return a directive whose first reply was not enough."""
    letter = open_letter(site.project, str(new_public_id()), site.officer)
    until = timezone.localdate() + datetime.timedelta(days=7)
    letter.kind, letter.receiver_side, letter.due_date = "directive", "contractor", until
    letter.title, letter.body = "가설울타리 보강 지시", "버팀대를 보강하시기 바랍니다."
    letter.save()
    letter.attachments.create(title="점검표", document_number="1부")
    letter.copies.create(participant=site.project.participants.get(role=Role.SUPERVISOR))
    letter.letter_photos.create(photo=photo_of(site))
    letter = perform(subject=letter, action="issue", by=site.officer)
    letter = perform(subject=letter, action="acknowledge", by=site.agent)
    letter = perform(subject=letter, action="reply", by=site.agent, fields={"reply": "보강함"})
    again = {"instruction": "사진을 붙이시기 바랍니다.", "due_date": until}
    return perform(subject=letter, action="reinstruct", by=site.officer, fields=again)


def _meeting(site: Site) -> Meeting:
    """Return minutes that every body has signed, with an open action item."""
    day = timezone.localdate()
    meeting = Meeting.objects.create(
        project=site.project,
        author=site.supervisor,
        date=day,
        agenda="주간 공정",
        decisions="합동 검측",
        statements="발언 요지",
    )
    owner = site.project.participants.get(role=Role.SITE_AGENT)
    meeting.attendees.create(participant=owner, body="한빛건설", role="현장대리인", name="김현장")
    meeting.carried_items.create(task="배수로 정비", owner="한빛건설", raised_date=day)
    meeting.action_items.create(
        task="성적서 제출", owner=owner, organization=site.firm, due_date=day
    )
    meeting.attachments.create(title="공정표")
    perform(subject=meeting, action="submit", by=site.supervisor)
    perform(subject=meeting, action="sign_contractor", by=site.agent)
    return perform(subject=meeting, action="approve", by=site.officer)
