"""Factories of the working side; those of a status reach it by the real services."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from ccs.models import Organization, User
from pmis.models import (
    CatchUpPlan,
    Contract,
    DailyReport,
    Participant,
    Photo,
    Project,
    Record,
    RecordState,
    Schedule,
    Subcontract,
    WorkItem,
    WorkLine,
)
from pmis.roles import Role
from pmis.services.approvals import perform
from tests.factories.ccs import OrderingBodyFactory, OrganizationFactory, UserFactory

LONG_AGO = datetime.date(2020, 1, 1)
#: Roles whose firm is on the contractor's side.
FIRMS = {
    Role.SITE_AGENT: "contractor",
    Role.ENGINEER: "contractor",
    Role.SUPERVISOR: "supervision_firm",
    Role.INSPECTOR: "supervision_firm",
    Role.SUBCONTRACTOR: "subcontractor",
    Role.DESIGNER: "designer",
    Role.JOINT_MEMBER: "contractor",
}


class ProjectFactory(DjangoModelFactory):
    class Meta:
        model = Project

    code = factory.Sequence(lambda number: f"T-{number:05}")
    name = factory.Sequence(lambda number: f"은행나무길 보행교 {number}")
    work_type = Project.WorkType.BRIDGE
    ordering_body = factory.SubFactory(OrderingBodyFactory)
    currency = "KRW"
    state = Project.State.ONGOING
    registered_at = factory.LazyFunction(timezone.now)
    start_date = datetime.date(2026, 1, 5)
    original_completion_date = datetime.date(2027, 6, 30)
    planned_completion_date = datetime.date(2027, 6, 30)
    original_cost_amount = 2_000_000_000
    total_cost_amount = 2_000_000_000


class DraftProjectFactory(ProjectFactory):
    state = Project.State.DRAFT
    registered_at = None


class ParticipantFactory(DjangoModelFactory):
    class Meta:
        model = Participant

    project = factory.SubFactory(ProjectFactory)
    role = Role.SITE_AGENT
    user = factory.SubFactory(UserFactory)
    organization = factory.SelfAttribute("user.organization")
    name = factory.SelfAttribute("user.name")
    valid_from = LONG_AGO


class ContractFactory(DjangoModelFactory):
    class Meta:
        model = Contract

    project = factory.SubFactory(ProjectFactory)
    kind = Contract.Kind.CONSTRUCTION
    number = factory.Sequence(lambda number: f"C-{number:05}")
    title = "보행교 신설"
    contractor = factory.SubFactory(OrganizationFactory)
    currency = "KRW"
    original_amount = 1_500_000_000
    amount = factory.SelfAttribute("original_amount")
    state = Contract.State.SIGNED
    signed_date = datetime.date(2025, 12, 20)
    original_completion_date = datetime.date(2027, 6, 30)
    completion_date = factory.SelfAttribute("original_completion_date")


class SubcontractFactory(DjangoModelFactory):
    class Meta:
        model = Subcontract

    contract = factory.SubFactory(ContractFactory)
    subcontractor = factory.SubFactory(OrganizationFactory)
    work_scope = "철근 배근"
    contract_date = datetime.date(2026, 2, 1)
    amount = 200_000_000
    guarantee_exemption_reason = "직접지급 합의"


class ScheduleFactory(DjangoModelFactory):
    """A draft with two work items of 60 and 40 per cent."""

    class Meta:
        model = Schedule
        skip_postgeneration_save = True

    project = factory.SubFactory(ProjectFactory)
    author = factory.SubFactory(UserFactory)
    as_of_date = datetime.date(2026, 1, 5)

    @factory.post_generation
    def items(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        rows = (("A1", "거더 거치", 60, 10), ("A2", "바닥판 철근", 40, 58))
        for order, (code, name, weight, quantity) in enumerate(rows):
            WorkItem.objects.create(
                schedule=self,
                code=code,
                name=name,
                unit="t",
                weight=weight,
                quantity=quantity,
                planned_start_date=datetime.date(2026, 1, 5),
                planned_finish_date=datetime.date(2027, 1, 4),
                order=order,
            )


class CatchUpPlanFactory(DjangoModelFactory):
    """A draft that could be submitted."""

    class Meta:
        model = CatchUpPlan
        skip_postgeneration_save = True

    project = factory.SubFactory(ProjectFactory)
    author = factory.SubFactory(UserFactory)
    demanded_date = datetime.date(2026, 11, 19)
    due_date = datetime.date(2026, 11, 30)
    planned_rate = "48.20"
    actual_rate = "41.10"
    cause = "지하 지장물 이설 지연"
    recovery_date = datetime.date(2027, 1, 29)

    @factory.post_generation
    def work(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.measures.create(
            measure="작업조 추가",
            work_item_code="A1",
            start_date=datetime.date(2026, 12, 1),
            finish_date=datetime.date(2027, 1, 29),
        )


class DailyReportFactory(DjangoModelFactory):
    """A draft that could be submitted."""

    class Meta:
        model = DailyReport
        skip_postgeneration_save = True

    project = factory.SubFactory(ProjectFactory)
    author = factory.SubFactory(UserFactory)
    date = datetime.date(2026, 11, 20)
    weather_am = DailyReport.Weather.CLEAR
    work_summary = "3번 교각 거더 거치"

    @factory.post_generation
    def work(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        WorkLine.objects.create(report=self, activity="거더 거치", quantity=1, unit="개")
        self.workforce_lines.create(trade="철근공", count=12)
        self.equipment_lines.create(type="크레인", size="250 t", count=1)


class PhotoFactory(DjangoModelFactory):
    class Meta:
        model = Photo

    project = factory.SubFactory(ProjectFactory)
    uploader = factory.SubFactory(UserFactory)
    caption = "거더 거치"
    state = Photo.State.PROCESSED


@dataclass
class Site:
    """A project with one person in every role, and how to lead its records on."""

    project: Project
    people: dict[str, User]
    firms: dict[str, Organization] = field(default_factory=dict)

    def __getitem__(self, role: str) -> User:
        return self.people[role]

    def report(self, state: str = RecordState.DRAFT, **fields: Any) -> DailyReport:
        """Return a report of the site agent, led to `state` by the real steps."""
        fields = {"project": self.project, "author": self[Role.SITE_AGENT], **fields}
        return self.lead(DailyReportFactory(**fields), state)

    def schedule(self, state: str = RecordState.DRAFT, **fields: Any) -> Schedule:
        """Return a schedule of the site agent, led to `state` by the real steps."""
        fields = {"project": self.project, "author": self[Role.SITE_AGENT], **fields}
        return self.lead(ScheduleFactory(**fields), state)

    def catch_up_plan(self, state: str = RecordState.DRAFT, **fields: Any) -> CatchUpPlan:
        """Return a catch-up plan of the site agent, led to `state` by the real steps."""
        fields = {"project": self.project, "author": self[Role.SITE_AGENT], **fields}
        return self.lead(CatchUpPlanFactory(**fields), state)

    def lead(self, record: Record, state: str) -> Any:
        """Lead a draft to `state` by the real steps."""
        steps = {
            RecordState.DRAFT: [],
            RecordState.SUBMITTED: ["submit"],
            RecordState.CONFIRMED: ["submit", "confirm"],
            RecordState.APPROVED: ["submit", "confirm", "approve"],
            RecordState.RETURNED: ["submit", "return"],
        }
        actors = {"submit": Role.SITE_AGENT, "approve": Role.OFFICER}
        for action in steps[RecordState(state)]:
            by = self[actors.get(action, Role.SUPERVISOR)]
            record = perform(subject=record, action=action, by=by, comment="까닭")
        return record


def make_site(**fields: Any) -> Site:
    """Return a project under construction with one person in every role."""
    project = ProjectFactory(**fields)
    firms: dict[str, Organization] = {}
    people = {}
    for role in Role:
        kind = FIRMS.get(role, "ordering_body")
        if kind == "ordering_body":
            firms[kind] = project.ordering_body
        elif kind not in firms:
            firms[kind] = OrganizationFactory(kind=kind)
        user = UserFactory(organization=firms[kind])
        ParticipantFactory(project=project, role=role, user=user)
        people[role] = user
    return Site(project, people, firms)
