"""Practice: everything works in it, and nothing of it leaves or counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedRecord, PublishedVersion
from allimi.publication import publish_pending
from ccs.lib.extensions import admitted_bodies
from ccs.models import User
from pmis.models import Approval, DailyReport, Participant, Photo, Project
from pmis.roles import Role
from pmis.selectors import my_day, office_counts
from pmis.services.approvals import perform
from pmis.services.digest import digest_of
from pmis.services.notices import audiences_of
from pmis.services.training import let_colleagues_act, practice_of, start_practice
from tests.factories.ccs import AreaFactory, OrderingBodyFactory, OrganizationFactory, UserFactory
from tests.factories.pmis import PhotoFactory, Site

SignIn = Callable[[User], Client]
CANARY = "카나리아연습"


@pytest.fixture
def city(db: None) -> None:
    AreaFactory()
    OrderingBodyFactory()
    OrganizationFactory()


@pytest.mark.parametrize("role", ["site_agent", "supervisor", "officer", "department_head"])
def test_a_practice_project_has_a_contract_a_schedule_and_a_week_of_reports(
    city: None, role: str
) -> None:
    person = UserFactory()
    project = start_practice(role=role, by=person)
    assert project.is_training
    assert project.contracts.get().state == "signed"
    assert project.schedules.get().state == "approved"
    states = list(project.dailyreports.order_by("date").values_list("state", flat=True))
    assert states == ["approved", "approved", "confirmed", "submitted", "returned"]
    practice = practice_of(person)
    assert practice is not None
    assert (practice.project, practice.role) == (project, role)


def test_the_person_and_the_colleagues_lead_a_report_through_the_line(city: None) -> None:
    person = UserFactory()
    project = start_practice(role="supervisor", by=person)
    waiting = Approval.objects.pending().get(project=project, current_role="supervisor")
    report = DailyReport.objects.get(public_id=waiting.record_public_id)
    perform(subject=report, action="confirm", by=person)
    assert let_colleagues_act(by=person) == 2
    report.refresh_from_db()
    assert report.state == "approved"


def test_a_fresh_start_puts_the_old_project_away(city: None) -> None:
    person = UserFactory()
    old = start_practice(role="site_agent", by=person)
    new = start_practice(role="officer", by=person)
    assert list(Project.objects.visible_to(person)) == [new]
    assert Project.objects.filter(pk=old.pk).exists()


def test_practice_is_seen_by_its_owner_only(city: None, as_user: SignIn) -> None:
    person = UserFactory()
    project = start_practice(role="officer", by=person)
    for other in (UserFactory(), UserFactory(office_role="executive")):
        assert project not in Project.objects.visible_to(other)
        address = reverse("pmis:project-detail", args=[project.public_id])
        assert as_user(other).get(address).status_code == 404


def test_nothing_of_practice_is_published(city: None) -> None:
    person = UserFactory(name=CANARY)
    project = start_practice(role="officer", by=person)
    Participant.objects.filter(project=project).update(name=CANARY, position=CANARY)
    Project.objects.filter(pk=project.pk).update(description=CANARY)
    PhotoFactory(
        project=project,
        caption=CANARY,
        state=Photo.State.CHECKED,
        public_sha256="a" * 64,
        checked_by=person,
        checked_at=timezone.now(),
    )
    publish_pending()
    assert not PublishedRecord.objects.filter(project_public_id=project.public_id).exists()
    texts = " ".join(PublishedVersion.objects.values_list("body", flat=True))
    for word in (CANARY, str(project.public_id), project.code):
        assert word not in texts, word


def test_the_view_of_issued_documents_shuts_practice_out(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_viewdef('allimi_source_document'::regclass)")
        assert "is_training IS NOT TRUE" in cursor.fetchone()[0]


@pytest.mark.parametrize("kind", [kind for kind in CATALOGUE if CATALOGUE[kind].project])
def test_every_source_view_shuts_practice_out(db: None, kind: str) -> None:
    """Written once for all record types: a new one is covered without a word."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_viewdef(%s::regclass)", [CATALOGUE[kind].view])
        assert "practice.is_training" in cursor.fetchone()[0]


@pytest.mark.parametrize("to", [True, False])
def test_practice_never_becomes_real_nor_the_other_way_round(site: Site, to: bool) -> None:
    project = Project.objects.create(
        code="x", name="x", ordering_body=site.project.ordering_body, currency="KRW",
        work_type="road", is_training=not to,
    )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(is_training=to)


def test_practice_is_counted_nowhere(city: None) -> None:
    person = UserFactory()
    before = office_counts()
    start_practice(role="supervisor", by=person)
    assert office_counts() == before
    day = my_day(person)
    assert (day.rows, day.waiting, day.to_do) == ([], [], 0)
    assert digest_of(person).items == 0
    assert mail.outbox == []


def test_a_role_in_practice_gives_no_power_outside_it(city: None) -> None:
    person = UserFactory()
    start_practice(role=Role.OFFICER, by=person)
    assert admitted_bodies(person) == set()
    assert audiences_of(person) == []


def test_every_page_of_a_practice_project_is_marked(city: None, as_user: SignIn) -> None:
    person = UserFactory(language="en")
    project = start_practice(role="officer", by=person)
    client = as_user(person)
    report = project.dailyreports.first()
    key = project.public_id
    for address in (
        reverse("pmis:project-detail", args=[key]),
        reverse("pmis:contract-list", args=[key]),
        reverse("pmis:participant-list", args=[key]),
        reverse("pmis:project-schedule", args=[key]),
        reverse("pmis:daily-report-of-project", args=[key]),
        reverse("pmis:daily-report-detail", args=[report.public_id]),
        reverse("pmis:photo-album", args=[key]),
    ):
        assert "This project is invented" in client.get(address).content.decode(), address


def test_practice_is_started_and_led_on_by_its_page(city: None, as_user: SignIn) -> None:
    person = UserFactory()
    client = as_user(person)
    assert client.get(reverse("pmis:practice")).status_code == 200
    assert client.post(reverse("pmis:practice-start"), {"role": "nonsense"}).status_code == 302
    assert practice_of(person) is None
    assert client.post(reverse("pmis:practice-act")).status_code == 403
    client.post(reverse("pmis:practice-start"), {"role": "site_agent"})
    assert practice_of(person) is not None
    client.post(reverse("pmis:practice-act"))
    assert client.get(reverse("pmis:practice")).status_code == 200


def test_without_a_body_or_an_area_the_page_says_so(db: None, as_user: SignIn) -> None:
    client = as_user(UserFactory(organization=None))
    client.post(reverse("pmis:practice-start"), {"role": "officer"})
    assert not Project.objects.exists()


def test_the_colleagues_cannot_sign_in(city: None) -> None:
    start_practice(role="officer", by=UserFactory())
    colleagues = User.objects.filter(username__startswith="practice-")
    assert colleagues.count() == 7
    assert not any(person.is_active or person.has_usable_password() for person in colleagues)
