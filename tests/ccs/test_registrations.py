"""Accounts that firms ask for and the ordering body opens or refuses."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from ccs.lib.workflow import TransitionNotAllowed
from ccs.models import Organization, Registration, User
from ccs.services.registrations import approve_registration, reject_registration, request_account
from pmis.models import Participant, Project
from pmis.roles import Role
from tests.factories.ccs import OrderingBodyFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def body() -> Organization:
    return OrderingBodyFactory(name="새봄구청")


@pytest.fixture
def administrator() -> User:
    return UserFactory(office_role="administrator")


@pytest.fixture
def registration(body: Organization) -> Registration:
    return request_account(
        name="정하윤",
        email="Jung@Example.org",
        firm_name="가온전기",
        registration_number="000-11-22222",
        ordering_body=body,
        language="en",
    )


def officer_of(body: Organization) -> User:
    officer = UserFactory(organization=body)
    project = Project.objects.create(
        code=f"P-{body.pk}",
        name="새봄천 보행교",
        work_type="road",
        ordering_body=body,
        currency="KRW",
    )
    Participant.objects.create(
        project=project,
        role=Role.OFFICER,
        organization=body,
        user=officer,
        valid_from=datetime.date(2020, 1, 1),
    )
    return officer


def test_request_makes_a_person_who_cannot_sign_in(registration: Registration) -> None:
    person = registration.user
    assert (person.username, person.is_active) == ("jung@example.org", False)
    assert not person.has_usable_password()


def test_page_takes_a_request(client: Client, body: Organization) -> None:
    facts = {
        "name": "정하윤",
        "email": "jung@example.org",
        "firm_name": "가온전기",
        "registration_number": "000-11-22222",
        "ordering_body": body.pk,
    }
    answer = client.post(reverse("account-register"), facts)
    assert answer.url == reverse("account-register-sent")
    assert client.get(answer.url).status_code == 200
    assert Registration.objects.get().firm_name == "가온전기"


def test_incomplete_request_is_shown_again_with_what_was_written(
    client: Client, body: Organization
) -> None:
    answer = client.post(reverse("account-register"), {"name": "정하윤"})
    page = answer.content.decode()
    assert answer.status_code == 400 and 'value="정하윤"' in page
    assert 'aria-invalid="true"' in page


def test_known_address_gets_the_same_answer_and_a_mail(
    client: Client, body: Organization, django_capture_on_commit_callbacks: Any
) -> None:
    UserFactory(email="jung@example.org", is_active=True)
    facts = {
        "name": "X",
        "email": "JUNG@example.org",
        "firm_name": "Y",
        "registration_number": "1",
        "ordering_body": body.pk,
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("account-register"), facts)
    assert answer.url == reverse("account-register-sent")
    assert not Registration.objects.exists()
    assert mail.outbox[0].to == ["jung@example.org"]


def test_one_address_cannot_flood_the_office_with_requests(
    client: Client, body: Organization
) -> None:
    with time_machine.travel(datetime.datetime(2026, 11, 20, 12, 1), tick=False):
        for number in range(12):
            answer = client.post(
                reverse("account-register"),
                {
                    "name": "X",
                    "email": f"x{number}@example.org",
                    "firm_name": "Y",
                    "registration_number": "1",
                    "ordering_body": body.pk,
                },
            )
    assert answer.status_code == 400
    assert Registration.objects.count() == 10


def test_approval_opens_the_account_and_mails_a_link_that_sets_the_password(
    client: Client,
    registration: Registration,
    administrator: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        approve_registration(registration=registration, by=administrator, kind="subcontractor")
    person = User.objects.get(pk=registration.user_id)
    assert person.is_active and person.organization.name == "가온전기"
    assert person.organization.kind == "subcontractor"
    path = re.search(r"https?://[^/]+(/accounts/password/\S+)", mail.outbox[0].body)[1]
    page = client.get(path, follow=True)
    form = page.redirect_chain[-1][0]
    client.post(form, {"password1": "a-long-passphrase-1", "password2": "a-long-passphrase-1"})
    answer = client.post(
        reverse("account_login"), {"login": "jung@example.org", "password": "a-long-passphrase-1"}
    )
    assert answer.status_code == 302 and "_auth_user_id" in client.session


def test_firm_with_the_same_number_is_not_entered_twice(
    registration: Registration, administrator: User
) -> None:
    known = Organization.objects.create(
        kind="contractor", name="가온전기(주)", registration_number="000-11-22222"
    )
    approve_registration(registration=registration, by=administrator)
    assert User.objects.get(pk=registration.user_id).organization == known


def test_refusal_mails_the_reason_and_frees_the_address(
    registration: Registration,
    administrator: User,
    body: Organization,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        reject_registration(registration=registration, by=administrator, reason="No such firm.")
    assert mail.outbox[0].to == ["jung@example.org"] and "No such firm." in mail.outbox[0].body
    registration.refresh_from_db()
    assert (registration.state, registration.decided_by) == ("rejected", administrator)
    again = request_account(
        name="정하윤",
        email="jung@example.org",
        firm_name="가온전기",
        registration_number="000-11-22222",
        ordering_body=body,
    )
    assert again is not None


def test_officer_decides_for_the_own_body_only(registration: Registration) -> None:
    stranger = officer_of(OrderingBodyFactory(name="다른구청"))
    with pytest.raises(PermissionDenied):
        approve_registration(registration=registration, by=stranger)
    approve_registration(registration=registration, by=officer_of(registration.ordering_body))


@pytest.mark.parametrize("office_role", ["", "executive", "auditor"])
def test_nobody_else_decides(registration: Registration, office_role: str) -> None:
    with pytest.raises(PermissionDenied):
        approve_registration(registration=registration, by=UserFactory(office_role=office_role))


def test_a_request_is_decided_once(registration: Registration, administrator: User) -> None:
    approve_registration(registration=registration, by=administrator)
    with pytest.raises(TransitionNotAllowed):
        reject_registration(registration=registration, by=administrator, reason="late")


def test_pages_show_requests_to_deciders_only(
    client: Client, registration: Registration, administrator: User
) -> None:
    page = reverse("account-registration", args=[registration.pk])
    client.force_login(UserFactory())
    assert client.get(page).status_code == 404
    assert "가온전기" not in client.get(reverse("account-registrations")).content.decode()
    client.force_login(administrator)
    assert "가온전기" in client.get(reverse("account-registrations")).content.decode()
    assert client.get(page).status_code == 200
    assert client.post(page, {"decision": "reject"}).status_code == 400
    answer = client.post(page, {"decision": "approve", "kind": "contractor"})
    assert answer.url == reverse("account-registrations")
    assert client.post(page, {"decision": "approve", "kind": "contractor"}).status_code == 409


def test_outbox_shows_a_demonstrations_mails_to_administrators_only(
    client: Client, administrator: User, settings: Any, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    mail.send_mail("첫 편지", "https://example.org/first", None, ["a@example.org"])
    mail.send_mail("계정이 열렸습니다", "비밀번호를 정하세요", None, ["b@example.org"])
    client.force_login(UserFactory(office_role="auditor"))
    assert client.get(reverse("account-outbox")).status_code == 403
    client.force_login(administrator)
    page = client.get(reverse("account-outbox")).content.decode()
    assert "계정이 열렸습니다" in page and "비밀번호를 정하세요" in page and "첫 편지" in page
    assert reverse("account-outbox") in client.get(reverse("account")).content.decode()
    settings.IN_PRODUCTION = True
    assert client.get(reverse("account-outbox")).status_code == 404
