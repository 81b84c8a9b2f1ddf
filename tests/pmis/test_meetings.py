"""Minutes: signatures of the bodies, action items until they are done, what is carried over."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from ccs.lib.extensions import due_items
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import ActionItem, ApprovalEvent, Meeting, RecordState
from pmis.roles import Role
from pmis.services.approvals import available_actions, perform
from pmis.services.meetings import finish_item, open_items
from pmis.services.records import correct_record
from tests.factories.letters import meeting, sign_all
from tests.factories.pmis import Site

State = RecordState
AsUser = Callable[[User], Client]
DONE = {"done_date": timezone.localdate(), "note": "마침"}


def test_every_body_signs_and_the_writers_by_sending_in(site: Site) -> None:
    made = meeting(site, signed=True)
    assert made.state == State.OPEN
    events = ApprovalEvent.objects.filter(record_public_id=made.public_id)
    assert [(event.action, event.role) for event in events] == [
        ("submit", "supervisor"),
        ("sign_contractor", "site_agent"),
        ("confirm", "supervisor"),
        ("approve", "officer"),
    ]


def test_minutes_without_people_or_agenda_are_not_sent(site: Site) -> None:
    made = Meeting.objects.create(project=site.project, author=site[Role.SUPERVISOR])
    with pytest.raises(ValidationError) as refused:
        perform(subject=made, action="submit", by=site[Role.SUPERVISOR])
    assert {"date", "agenda", "decisions", "attendees"} == set(refused.value.message_dict)


def test_minutes_with_nothing_to_do_close_with_the_last_signature(site: Site) -> None:
    assert meeting(site, signed=True, tasks=0).state == State.CLOSED


def test_minutes_stay_open_until_all_items_are_done(site: Site) -> None:
    made = meeting(site, signed=True, tasks=2)
    agent = site[Role.SITE_AGENT]
    assert "close" not in {row.action for row in available_actions(made, agent)}
    with pytest.raises(TransitionNotAllowed):
        perform(subject=made, action="close", by=agent)
    made = perform(subject=made, action="follow_up", by=agent, lines={"action_items": [DONE, {}]})
    made.refresh_from_db()
    assert made.state == State.OPEN
    perform(subject=made, action="follow_up", by=agent, lines={"action_items": [{}, DONE]})
    made.refresh_from_db()
    assert made.state == State.CLOSED


def test_what_was_signed_changes_no_more(site: Site) -> None:
    made = meeting(site, signed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=made.pk).update(decisions="다른 결정")
    with pytest.raises(IntegrityError), transaction.atomic():
        made.attendees.all().delete()


def test_nothing_is_done_in_the_future(site: Site) -> None:
    made = meeting(site, signed=True)
    day = timezone.localdate() + datetime.timedelta(days=1)
    lines = {"action_items": [{"done_date": day}]}
    with pytest.raises(ValidationError):
        perform(subject=made, action="follow_up", by=site[Role.SITE_AGENT], lines=lines)


def test_attendees_and_owners_are_named_by_body_and_role(site: Site) -> None:
    made = meeting(site)
    first = made.attendees.first()
    assert (first.body, first.name) == (
        site.firms["contractor"].name,
        site[Role.SITE_AGENT].name,
    )
    assert made.action_items.get().organization == site.firms["contractor"]


def test_open_items_are_carried_into_the_next_minutes_of_that_kind(
    site: Site, as_user: AsUser
) -> None:
    before = meeting(site, tasks=2)
    day = timezone.localdate() - datetime.timedelta(days=9)
    Meeting.objects.filter(pk=before.pk).update(date=day)
    before = sign_all(site, before)
    finish_item(item=before.action_items.all()[0], note="", by=site[Role.SITE_AGENT])
    client = as_user(site[Role.SUPERVISOR])
    key = "01940000-0000-7000-8000-000000000002"
    url = reverse("pmis:meeting-write", args=[site.project.public_id, key])
    text = client.get(url).content.decode()
    assert "배수로 정비 2" in text and "배수로 정비 1" not in text
    assert "배수로" not in client.get(url, {"kind": "safety"}).content.decode()
    sent = client.post(
        url,
        {
            "kind": "weekly",
            "date": timezone.localdate().isoformat(),
            "carry": "1",
        },
    )
    assert sent.status_code == 302
    assert "배수로 정비 2" in client.get(url).content.decode()
    client.post(
        url,
        {
            "kind": "weekly",
            "date": timezone.localdate().isoformat(),
            "carried_items-0-task": "배수로 정비 2",
            "carried_items-0-raised_date": day.isoformat(),
            "save": "1",
        },
    )
    assert Meeting.objects.get(public_id=key).carried_items.get().age_days == 9


def test_an_owners_firm_and_the_supervisor_say_that_an_item_is_done(site: Site) -> None:
    made = meeting(site, signed=True, tasks=2)
    items = list(made.action_items.all())
    with pytest.raises(RoleNotAllowed):
        finish_item(item=items[0], note="", by=site[Role.SUBCONTRACTOR])
    with pytest.raises(RoleNotAllowed):
        finish_item(item=items[0], note="", by=site[Role.INSPECTOR])
    finish_item(item=items[0], note="", by=site[Role.ENGINEER])
    finish_item(item=items[1], note="확인", by=site[Role.SUPERVISOR])
    made.refresh_from_db()
    assert made.state == State.CLOSED


def test_the_page_of_open_items_marks_one_as_done(site: Site, as_user: AsUser) -> None:
    made = meeting(site, signed=True)
    client = as_user(site[Role.SITE_AGENT])
    url = reverse("pmis:action-items", args=[site.project.public_id])
    text = client.get(url).content.decode()
    assert "배수로 정비 1" in text and "<button" in text
    sent = client.post(url, {"item": f"{made.public_id}:0", "note": "정비함"})
    assert sent.status_code == 302
    assert not open_items(site.project).exists()
    assert made.action_items.get().note == "정비함"
    assert client.post(url, {"item": f"{made.public_id}:0"}).status_code == 302


def test_the_page_of_open_items_is_read_by_all_and_changed_by_few(
    site: Site, as_user: AsUser
) -> None:
    made = meeting(site, signed=True)
    url = reverse("pmis:action-items", args=[site.project.public_id])
    client = as_user(site[Role.AUDITOR])
    assert client.get(url).status_code == 200
    assert client.post(url, {"item": f"{made.public_id}:0"}).status_code == 403


def test_my_action_items_stand_in_my_day(site: Site) -> None:
    meeting(site, signed=True)
    with translation.override("en"):
        assert [item.title for item in due_items(site[Role.SITE_AGENT])] == ["To do: 배수로 정비 1"]
        assert due_items(site[Role.OFFICER]) == []
    day = timezone.localdate() - datetime.timedelta(days=1)
    ActionItem.objects.update(due_date=day)
    assert due_items(site[Role.SITE_AGENT])[0].is_overdue


def test_a_correction_does_not_open_what_is_done(site: Site) -> None:
    made = meeting(site, signed=True, tasks=2)
    version = correct_record(record=made, reason="오타", by=site[Role.SUPERVISOR])
    finish_item(item=made.action_items.all()[0], note="끝", by=site[Role.SITE_AGENT])
    version.refresh_from_db()
    version = sign_all(site, version)
    states = [item.is_done for item in version.action_items.all()]
    assert (states, version.state) == ([True, False], State.OPEN)


def test_only_the_writers_step_is_left_to_others(site: Site) -> None:
    made = perform(subject=meeting(site), action="submit", by=site[Role.SUPERVISOR])
    wanted: dict[str, set[str]] = {
        Role.SUPERVISOR: {"recall"},
        Role.SITE_AGENT: {"sign_contractor", "return", "recall"},
        Role.ENGINEER: {"sign_contractor", "return", "recall"},
    }
    for role in (Role.SUPERVISOR, Role.SITE_AGENT, Role.ENGINEER, Role.AUDITOR):
        found = {row.action for row in available_actions(made, site[role])}
        assert found == wanted.get(role, set()), role


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_pages_of_minutes_in_both_languages(
    site: Site, as_user: AsUser, language: str, django_assert_max_num_queries: Any
) -> None:
    made = meeting(site, signed=True, tasks=3)
    User.objects.filter(pk=site[Role.OFFICER].pk).update(language=language)
    client = as_user(User.objects.get(pk=site[Role.OFFICER].pk))
    url = reverse("pmis:meeting-detail", args=[made.public_id])
    assert "배수로 정비 3" in client.get(url).content.decode()
    register = reverse("pmis:meeting-of-project", args=[site.project.public_id])
    with django_assert_max_num_queries(12):
        client.get(register)
