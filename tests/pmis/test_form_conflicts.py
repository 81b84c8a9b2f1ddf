"""Two people write the same record from forms that were opened before it existed."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from ccs.models import User
from pmis.models import WeeklyReport
from pmis.roles import Role
from tests.factories.pmis import Site


def url(site: Site) -> str:
    return reverse("pmis:weekly-report-write", args=[site.project.public_id, "2026-W47"])


def test_the_second_of_two_writers_is_told_and_nothing_is_written_over(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    engineer, agent = as_user(site[Role.ENGINEER]), as_user(site[Role.SITE_AGENT])
    assert engineer.post(url(site), {"summary": "먼저", "save": "1"}).status_code == 302
    answer = agent.post(url(site), {"summary": "나중", "revision": "", "save": "1"})
    assert answer.status_code == 409
    assert "나중" in answer.text
    assert WeeklyReport.objects.get().summary == "먼저"


def test_the_same_form_sent_twice_by_one_person_is_saved_once_without_a_word(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    agent = as_user(site[Role.SITE_AGENT])
    for _time in range(2):
        answer = agent.post(url(site), {"summary": "한 번", "revision": "", "save": "1"})
        assert answer.status_code == 302
    assert WeeklyReport.objects.get().summary == "한 번"
