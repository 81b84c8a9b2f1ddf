"""Notices reach whom they are for, and everybody knows who has read them."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.models import Delegation, Notice, NoticeReceipt
from pmis.roles import Role
from pmis.services.notices import (
    confirm_read,
    recipients_of,
    reminders_for,
    unread_notices,
    withdraw_notice,
    write_notice,
)
from tests.factories.ccs import UserFactory
from tests.factories.pmis import Site, make_site

SignIn = Callable[[User], Client]
WRITING = (Role.OFFICER, Role.DEPARTMENT_HEAD)


def _project_key(site: Site) -> str:
    return f"project-{site.project.public_id}"


def _write(site: Site, **fields: object) -> Notice:
    given = {
        "title": "콘크리트 타설 전 확인",
        "text": "타설 전에 기온을 확인하십시오.",
        "audience": _project_key(site),
        "by": site[Role.OFFICER],
        **fields,
    }
    return write_notice(**given)


@pytest.mark.parametrize("role", list(Role))
def test_officers_and_department_heads_write_notices_and_nobody_else(
    site: Site, role: Role
) -> None:
    if role in WRITING:
        assert _write(site, by=site[role]).pk
    else:
        with pytest.raises(RoleNotAllowed):
            _write(site, by=site[role])


def test_a_notice_of_a_project_reaches_its_people_and_not_its_author(
    site: Site, other_site: Site
) -> None:
    notice = _write(site)
    assert unread_notices(site[Role.SITE_AGENT]) == [notice]
    assert unread_notices(site[Role.OFFICER]) == []
    assert unread_notices(other_site[Role.SITE_AGENT]) == []
    assert set(recipients_of(notice)) == set(site.people.values()) - {site[Role.OFFICER]}


def test_a_notice_to_roles_reaches_these_roles_only(site: Site) -> None:
    notice = _write(site, roles=[Role.SUPERVISOR])
    assert list(recipients_of(notice)) == [site[Role.SUPERVISOR]]
    assert unread_notices(site[Role.SITE_AGENT]) == []
    assert unread_notices(site[Role.SUPERVISOR]) == [notice]


def test_a_notice_of_a_body_reaches_the_people_of_its_projects(
    site: Site, other_site: Site
) -> None:
    body = site.project.ordering_body
    second = make_site(ordering_body=body)
    clerk = UserFactory(organization=body)
    notice = _write(site, audience=f"body-{body.pk}")
    for person in (second[Role.SITE_AGENT], site[Role.INSPECTOR], clerk):
        assert unread_notices(person) == [notice]
        assert person in recipients_of(notice)
    assert unread_notices(other_site[Role.SITE_AGENT]) == []
    assert other_site[Role.SITE_AGENT] not in recipients_of(notice)


def test_an_administrator_writes_to_everybody_an_officer_does_not(site: Site) -> None:
    administrator = UserFactory(office_role="administrator")
    notice = _write(site, audience="everybody", by=administrator)
    assert unread_notices(UserFactory()) == [notice]
    with pytest.raises(ValidationError):
        _write(site, audience="everybody")


def test_an_officer_writes_to_no_project_of_others(site: Site, other_site: Site) -> None:
    with pytest.raises(ValidationError):
        _write(site, audience=_project_key(other_site))


def test_who_stands_in_is_reached_as_well(site: Site) -> None:
    today = timezone.localdate()
    colleague = UserFactory()
    Delegation.objects.create(
        participant=site.project.participants.get(role=Role.SUPERVISOR),
        delegate=colleague,
        valid_from=today,
        valid_to=today,
    )
    notice = _write(site, roles=[Role.SUPERVISOR])
    assert unread_notices(colleague) == [notice]
    assert colleague in recipients_of(notice)


def test_a_receipt_is_written_once_and_only_by_a_reader(site: Site, other_site: Site) -> None:
    notice = _write(site)
    first = confirm_read(notice=notice, by=site[Role.SITE_AGENT])
    assert confirm_read(notice=notice, by=site[Role.SITE_AGENT]) == first
    assert unread_notices(site[Role.SITE_AGENT]) == []
    for stranger in (other_site[Role.SITE_AGENT], site[Role.OFFICER]):
        with pytest.raises(PermissionDenied):
            confirm_read(notice=notice, by=stranger)


def test_a_notice_taken_back_asks_nobody_any_more(site: Site) -> None:
    notice = _write(site)
    with pytest.raises(PermissionDenied):
        withdraw_notice(notice=notice, by=site[Role.DEPARTMENT_HEAD])
    withdraw_notice(notice=notice, by=site[Role.OFFICER])
    assert unread_notices(site[Role.SITE_AGENT]) == []


def test_only_what_is_unread_for_days_is_reminded_of(site: Site) -> None:
    notice = _write(site)
    today, reader = timezone.localdate(), site[Role.SITE_AGENT]
    assert reminders_for(reader, today) == []
    later = today + datetime.timedelta(days=3)
    assert reminders_for(reader, later) == [notice]
    confirm_read(notice=notice, by=reader)
    assert reminders_for(reader, later) == []


def test_the_author_sees_who_has_read_it_and_the_readers_do_not(
    site: Site, as_user: SignIn
) -> None:
    notice = _write(site)
    address = reverse("pmis:notice-detail", args=[notice.public_id])
    reader = as_user(site[Role.SITE_AGENT])
    assert "Read and understood" in reader.get(address).content.decode()
    reader.post(reverse("pmis:notice-read", args=[notice.public_id]))
    page = as_user(site[Role.OFFICER]).get(address)
    assert [row.user for row in page.context["receipts"]] == [site[Role.SITE_AGENT]]
    assert site[Role.SUPERVISOR] in page.context["unread"]
    assert "unread" not in reader.get(address).context


def test_strangers_do_not_open_a_notice(site: Site, other_site: Site, as_user: SignIn) -> None:
    notice = _write(site)
    client = as_user(other_site[Role.OFFICER])
    for name in ("notice-detail", "notice-read", "notice-withdraw"):
        address = reverse(f"pmis:{name}", args=[notice.public_id])
        answer = client.get(address) if name == "notice-detail" else client.post(address)
        assert answer.status_code == 404, name
    assert not NoticeReceipt.objects.exists()


def test_an_unread_notice_stands_on_top_of_my_day(site: Site, as_user: SignIn) -> None:
    notice = _write(site)
    client = as_user(site[Role.SITE_AGENT])
    assert notice.title in client.get(reverse("pmis:my-day")).content.decode()
    confirm_read(notice=notice, by=site[Role.SITE_AGENT])
    assert notice.title not in client.get(reverse("pmis:my-day")).content.decode()


def test_the_form_publishes_or_says_what_is_wrong(site: Site, as_user: SignIn) -> None:
    client = as_user(site[Role.OFFICER])
    address = reverse("pmis:notice-write")
    assert client.get(address).status_code == 200
    wrong = client.post(address, {"title": "", "text": "x", "audience": "nobody"})
    assert wrong.status_code == 400
    right = {"title": "a", "text": "b", "audience": _project_key(site), "roles": ["supervisor"]}
    assert client.post(address, right).status_code == 302
    assert Notice.objects.get().roles == ["supervisor"]
    assert as_user(site[Role.SITE_AGENT]).get(address).status_code == 403


def test_the_list_shows_what_is_read_and_what_is_not(site: Site, as_user: SignIn) -> None:
    notice = _write(site)
    client = as_user(site[Role.SITE_AGENT])
    address = reverse("pmis:notice-list")
    assert "Not read yet" in client.get(address).content.decode()
    confirm_read(notice=notice, by=site[Role.SITE_AGENT])
    assert "Not read yet" not in client.get(address).content.decode()
    written = as_user(site[Role.OFFICER]).get(address, {"tab": "written"})
    assert notice.title in written.content.decode()
