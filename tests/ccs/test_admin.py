"""The administration: who may enter, what may be changed, and that logs only grow."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from allimi.models import Narrowing, PublishedNarrowing, PublishedRecord
from allimi.publication import publish_pending
from ccs.models import AccessToken, RuleValue, User
from ccs.services.tokens import issue_token
from pmis.models import ApprovalEvent, ApprovalStep, DailyReport, Participant, Project, RecordState
from pmis.roles import Role
from tests.factories.ccs import OrderingBodyFactory, UserFactory
from tests.factories.pmis import Site, make_site

pytestmark = pytest.mark.django_db
TABLES = [
    model
    for model in admin.site._registry
    if model._meta.app_label in ("ccs", "pmis", "allimi", "payments")
]
NAMES = [model._meta.label for model in TABLES]


def page_of(model: type, name: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def administrator() -> User:
    return UserFactory(office_role="administrator", language="ko")


@pytest.fixture
def auditor() -> User:
    return UserFactory(office_role="auditor", language="ko")


@pytest.fixture
def as_administrator(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def site() -> Site:
    made = make_site()
    made.report(RecordState.APPROVED)
    made.schedule(RecordState.SUBMITTED)
    publish_pending()
    return made


def act(client: Client, model: type, action: str, *rows: Any, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(page_of(model), data, follow=True)


def test_the_own_sign_in_leads_to_that_of_the_system(client: Client) -> None:
    answer = client.get("/admin/")
    assert (
        answer.status_code == 302
        and "/accounts/login/" in client.get(answer.url).url
        or ("/accounts/login/" in answer.url)
    )
    posted = client.post("/admin/login/", {"username": "x", "password": "y"})
    assert posted.status_code == 302 and "/accounts/login/" in posted.url


@pytest.mark.parametrize("office_role", ["", "executive"])
def test_others_do_not_enter(client: Client, office_role: str) -> None:
    client.force_login(UserFactory(office_role=office_role, is_staff=True))
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403


@pytest.mark.parametrize("model", TABLES, ids=NAMES)
@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_every_table_opens_searches_and_keeps_to_the_policy(
    client: Client, site: Site, request: pytest.FixtureRequest, who: str, model: type
) -> None:
    client.force_login(request.getfixturevalue(who))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(page_of(model))
    assert page.status_code == 200
    assert len(queries) <= 20
    assert " style=" not in page.content.decode() and " onclick=" not in page.content.decode()
    if admin.site._registry[model].search_fields:
        assert client.get(page_of(model), {"q": "7"}).status_code == 200
    row = model._default_manager.first()
    if row is None:
        return
    for name in ("change", "history"):
        answer = client.get(page_of(model, name, row.pk))
        assert answer.status_code == 200, name
        assert " style=" not in answer.content.decode()
    if who == "auditor":
        assert client.post(page_of(model, "change", row.pk), {}).status_code == 403
        assert client.get(page_of(model, "add")).status_code == 403


LOGS = (
    "ccs.History",
    "ccs.AccessToken",
    "ccs.Heartbeat",
    "ccs.Registration",
    "pmis.Approval",
    "pmis.ApprovalEvent",
    "pmis.Withdrawal",
    "pmis.ScreenRelease",
    "pmis.Photo",
    "pmis.Draft",
    "pmis.IdempotencyKey",
    "allimi.PublishedRecord",
    "allimi.PublishedVersion",
    "allimi.PublishedNarrowing",
    "allimi.DisclosureQueue",
    "allimi.PublicationState",
)


@pytest.mark.parametrize("label", LOGS)
def test_logs_are_only_looked_at(rf: Any, administrator: User, label: str) -> None:
    model = next(model for model in TABLES if model._meta.label == label)
    table = admin.site._registry[model]
    request = rf.get("/")
    superuser = UserFactory(is_superuser=True)
    for request.user in (administrator, superuser):
        assert not table.has_add_permission(request)
        assert not table.has_change_permission(request)
        assert not table.has_delete_permission(request)


def test_no_working_record_is_deleted_in_the_administration(
    rf: Any, administrator: User, site: Site
) -> None:
    request = rf.get("/")
    request.user = administrator
    for model in (Project, DailyReport, Participant, User):
        assert not admin.site._registry[model].has_delete_permission(request)


def test_status_is_no_field_but_a_step(as_administrator: Client, site: Site) -> None:
    report = DailyReport.objects.get()
    address = page_of(DailyReport, "change", report.pk)
    assert 'name="state"' not in as_administrator.get(address).content.decode()
    as_administrator.post(address, {"state": "draft", "work_summary": "다른 말"})
    report.refresh_from_db()
    assert (report.state, report.work_summary) == ("approved", "3번 교각 거더 거치")


def test_step_goes_through_the_service_and_its_rights(
    as_administrator: Client, administrator: User, site: Site
) -> None:
    answer = act(as_administrator, Project, "step_suspend", site.project, reason="문화재 발견")
    site.project.refresh_from_db()
    assert site.project.state == "ongoing"
    assert site.project.name in answer.content.decode()
    Participant.objects.create(
        project=site.project,
        role=Role.OFFICER,
        user=administrator,
        organization=administrator.organization,
        valid_from=datetime.date(2020, 1, 1),
    )
    act(as_administrator, Project, "step_suspend", site.project, reason="문화재 발견")
    site.project.refresh_from_db()
    assert site.project.state == "suspended"
    event = ApprovalEvent.objects.get(action="suspend")
    assert (event.by, event.comment) == (administrator, "문화재 발견")


def test_step_with_a_reason_asks_for_it(as_administrator: Client, site: Site) -> None:
    page = act(as_administrator, Project, "step_terminate", site.project)
    assert 'name="reason"' in page.content.decode()
    site.project.refresh_from_db()
    assert site.project.state == "ongoing"


def test_auditor_is_offered_no_step(client: Client, auditor: User, site: Site) -> None:
    client.force_login(auditor)
    assert "step_suspend" not in client.get(page_of(Project)).content.decode()
    act(client, Project, "step_suspend", site.project, reason="x")
    site.project.refresh_from_db()
    assert site.project.state == "ongoing"


def test_first_promise_of_a_project_is_not_rewritten(as_administrator: Client, site: Site) -> None:
    page = as_administrator.get(page_of(Project, "change", site.project.pk)).content.decode()
    named = set(re.findall(r'name="(\w+)"', page))
    assert "description" in named
    assert not named & {"original_cost_amount", "original_completion_date", "state", "geometry"}


def test_history_shows_who_changed_what(as_administrator: Client, site: Site) -> None:
    site.project.purpose = "걷기 좋은 길"
    site.project.save()
    page = as_administrator.get(page_of(Project, "history", site.project.pk)).content.decode()
    assert "걷기 좋은 길" in page and "purpose" in page


def test_password_is_in_no_history(as_administrator: Client) -> None:
    person = UserFactory()
    person.set_password("a-long-passphrase-1")
    person.save()
    page = as_administrator.get(page_of(User, "history", person.pk)).content.decode()
    assert "argon2" not in page


def test_shutting_out_ends_keys_and_letting_in_does_not_revive_them(
    as_administrator: Client, administrator: User
) -> None:
    person = UserFactory()
    issue_token(user=person, name="x", days=3)
    act(as_administrator, User, "disable", person, administrator)
    person.refresh_from_db()
    administrator.refresh_from_db()
    assert not person.is_active and administrator.is_active
    assert not AccessToken.objects.in_force(timezone.now()).exists()
    act(as_administrator, User, "enable", person)
    person.refresh_from_db()
    assert person.is_active


def test_lost_second_factor_is_removed(as_administrator: Client) -> None:
    person = UserFactory()
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    act(as_administrator, User, "remove_factors", person)
    assert not Authenticator.objects.exists()


def test_administrator_does_not_touch_a_superuser(as_administrator: Client) -> None:
    root = UserFactory(is_superuser=True)
    act(as_administrator, User, "disable", root)
    root.refresh_from_db()
    assert root.is_active
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    assert as_administrator.get(password).status_code == 403
    data = {"username": "x", "name": "x"}
    assert as_administrator.post(page_of(User, "change", root.pk), data).status_code == 403


def test_administrator_does_not_become_superuser(
    as_administrator: Client, administrator: User
) -> None:
    data = {
        "username": administrator.username,
        "name": "새 이름",
        "email": "New@Example.org",
        "office_role": "administrator",
        "is_superuser": "on",
    }
    answer = as_administrator.post(page_of(User, "change", administrator.pk), data)
    assert answer.status_code == 302
    administrator.refresh_from_db()
    assert (administrator.email, administrator.is_superuser) == ("new@example.org", False)


def test_new_person_can_sign_in(as_administrator: Client) -> None:
    data = {
        "username": "new",
        "name": "새 사람",
        "email": "new@example.org",
        "usable_password": "true",
        "password1": "a-long-passphrase-1",
        "password2": "a-long-passphrase-1",
        "office_role": "auditor",
    }
    answer = as_administrator.post(page_of(User, "add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    answer = Client().post(
        reverse("account_login"), {"login": "new@example.org", "password": "a-long-passphrase-1"}
    )
    assert answer.status_code == 302


def test_rule_in_force_is_followed_not_rewritten(as_administrator: Client) -> None:
    rule = RuleValue.objects.create(
        key="daily_report_late_hour", value=9, valid_from="2026-01-01", ground="조례"
    )
    assert as_administrator.post(page_of(RuleValue, "change", rule.pk), {}).status_code == 403
    later = timezone.localdate() + datetime.timedelta(days=30)
    data = {"key": rule.key, "value": 11, "valid_from": later, "ground": "조례 개정"}
    assert as_administrator.post(page_of(RuleValue, "add"), data).status_code == 302
    coming = RuleValue.objects.get(valid_from=later)
    assert as_administrator.get(page_of(RuleValue, "change", coming.pk)).status_code == 200


def test_approval_line_is_kept_by_the_administrator(as_administrator: Client) -> None:
    data = {
        "ordering_body": OrderingBodyFactory().pk,
        "record_type": "daily_report",
        "order": 1,
        "action": "approve",
        "role": "department_head",
        "mode": "serial",
        "quorum": 1,
    }
    assert as_administrator.post(page_of(ApprovalStep, "add"), data).status_code == 302
    assert ApprovalStep.objects.get().role == "department_head"


def narrowing(**fields: Any) -> dict[str, Any]:
    # Before the test's transaction began, however slow the machine: that is the database's now.
    now = timezone.localtime() - datetime.timedelta(hours=1)
    end = now + datetime.timedelta(days=5)
    return {
        "record_type": "daily_report",
        "public_id": "",
        "item": "daily_report:special_notes",
        "ground": "G4",
        "reason": "소송이 진행 중입니다.",
        "starts_at_0": now.date(),
        "starts_at_1": now.strftime("%H:%M:%S"),
        "ends_at_0": end.date(),
        "ends_at_1": "12:00:00",
        **fields,
    }


def test_narrowing_closes_an_item_in_the_name_of_the_person(
    as_administrator: Client, administrator: User
) -> None:
    site = make_site()
    report = site.report(RecordState.APPROVED, special_notes="지반 침하 의견")
    publish_pending()
    record = PublishedRecord.objects.get(public_id=report.public_id)
    assert "지반 침하 의견" in record.body
    answer = as_administrator.post(
        page_of(Narrowing, "add"), narrowing(public_id=str(report.public_id))
    )
    assert answer.status_code == 302, answer.context["errors"]
    made = Narrowing.objects.get()
    assert (made.decided_by, made.item) == (administrator, "special_notes")
    publish_pending()
    record.refresh_from_db()
    assert "지반 침하 의견" not in record.body
    assert PublishedNarrowing.objects.get().reason == "소송이 진행 중입니다."
    act(as_administrator, Narrowing, "end", made)
    made.refresh_from_db()
    assert made.ended_by == administrator
    publish_pending()
    record.refresh_from_db()
    assert "지반 침하 의견" in record.body


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"item": "project:name"}, "item"),
        ({"item": "daily_report:worker_names"}, "item"),
        ({"public_id": "019a0000-0000-7000-8000-000000000000"}, "public_id"),
        ({"record_type": "user", "item": ""}, "record_type"),
        ({"ends_at_0": "2020-01-01"}, "ends_at"),
        ({"reason": " "}, "reason"),
        ({"ground": ""}, "ground"),
    ],
)
def test_narrowing_that_cannot_be_is_refused(
    as_administrator: Client, fields: dict[str, Any], field: str
) -> None:
    answer = as_administrator.post(page_of(Narrowing, "add"), narrowing(**fields))
    assert field in answer.context["adminform"].form.errors
    assert not Narrowing.objects.exists()


def test_narrowing_is_never_rewritten(as_administrator: Client, administrator: User) -> None:
    as_administrator.post(page_of(Narrowing, "add"), narrowing())
    made = Narrowing.objects.get()
    answer = as_administrator.post(page_of(Narrowing, "change", made.pk), narrowing(reason="다른"))
    assert answer.status_code == 403


def test_auditor_neither_makes_nor_ends_narrowings(client: Client, auditor: User) -> None:
    made = Narrowing.objects.create(
        record_type="photo",
        ground="G6",
        reason="x",
        decided_by=auditor,
        ends_at=timezone.now() + datetime.timedelta(days=1),
    )
    client.force_login(auditor)
    assert client.post(page_of(Narrowing, "add"), narrowing()).status_code == 403
    act(client, Narrowing, "end", made)
    made.refresh_from_db()
    assert made.ended_at is None
