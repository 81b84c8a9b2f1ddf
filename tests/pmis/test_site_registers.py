"""The complaint register and the visit register: entered once, answered, kept inside."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from allimi.catalogue import CATALOGUE
from ccs.lib.extensions import due_items
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.models import ComplaintEntry, RecordState, SearchEntry, Visit
from pmis.roles import Role
from pmis.services.approvals import perform
from tests.factories.letters import complaint, owner, visit
from tests.factories.pmis import Site

State = RecordState
AsUser = Callable[[User], Client]


def test_a_complaint_lives_until_its_answer_is_closed(site: Site) -> None:
    entry = complaint(site)
    assert (entry.state, entry.number) == (State.OPEN, 1)
    handler = owner(site, Role.ENGINEER)
    entry = perform(
        subject=entry, action="assign", by=site[Role.SUPERVISOR], fields={"handler": handler}
    )
    answer = {"reply": "작업 시각을 바꿈", "reply_date": timezone.localdate()}
    entry = perform(subject=entry, action="reply", by=site[Role.ENGINEER], fields=answer)
    with pytest.raises(RoleNotAllowed):
        perform(subject=entry, action="close", by=site[Role.SITE_AGENT])
    assert perform(subject=entry, action="close", by=site[Role.SUPERVISOR]).state == State.CLOSED


def test_an_answer_before_the_complaint_is_refused(site: Site) -> None:
    entry = complaint(site)
    day = timezone.localdate() - datetime.timedelta(days=1)
    with pytest.raises(ValidationError):
        fields = {"reply": "이미", "reply_date": day}
        perform(subject=entry, action="reply", by=site[Role.SUPERVISOR], fields=fields)


def test_a_complaint_waits_in_my_day_of_whoever_answers(site: Site) -> None:
    entry = complaint(site)
    with translation.override("en"):
        assert due_items(site[Role.SUPERVISOR])[0].title == f"Answer a complaint: {entry.subject}"
        fields = {"handler": owner(site, Role.ENGINEER)}
        perform(subject=entry, action="assign", by=site[Role.SUPERVISOR], fields=fields)
        assert due_items(site[Role.SUPERVISOR]) == []
        assert len(due_items(site[Role.ENGINEER])) == 1


def test_names_of_private_people_are_kept_from_other_firms_search_and_public(
    site: Site, as_user: AsUser
) -> None:
    entries = {"complaint-entry": complaint(site), "visit": visit(site)}
    for name, entry in entries.items():
        url = reverse(f"pmis:{name}-detail", args=[entry.public_id])
        assert as_user(site[Role.INSPECTOR]).get(url).status_code == 200
        assert as_user(site[Role.SUBCONTRACTOR]).get(url).status_code == 404
        assert as_user(site[Role.DESIGNER]).get(url).status_code == 404
    words = " ".join(SearchEntry.objects.values_list("folded", flat=True))
    assert "새벽 작업 소음" in words
    assert "홍길순" not in words and "홍길남" not in words
    assert not {"complaint_entry", "visit"} & set(CATALOGUE)


def test_a_visit_is_entered_under_the_real_name_and_changes_no_more(site: Site) -> None:
    with pytest.raises(ValidationError):
        visit(site, visitor_name="")
    made = visit(site)
    assert (made.state, made.number) == (State.FINAL, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=made.pk).update(visitor_name="다른 이")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_form_enters_at_once(site: Site, as_user: AsUser, language: str) -> None:
    User.objects.filter(pk=site[Role.SUPERVISOR].pk).update(language=language)
    client = as_user(User.objects.get(pk=site[Role.SUPERVISOR].pk))
    key = "01940000-0000-7000-8000-000000000003"
    url = reverse("pmis:complaint-entry-write", args=[site.project.public_id, key])
    assert client.get(url).status_code == 200
    sent = client.post(
        url,
        {
            "received_date": timezone.localdate().isoformat(),
            "way": "phone",
            "about": "dust",
            "subject": "먼지",
            "send": "1",
        },
    )
    assert sent.status_code == 302
    assert ComplaintEntry.objects.get(public_id=key).state == State.OPEN
