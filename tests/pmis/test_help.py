"""Every page leads to its own help, and every topic is written in Korean and English."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from ccs.models import User
from pmis.help_topics import TOPICS, topic_of
from pmis.records import types
from pmis.urls import urlpatterns
from tests.factories.ccs import UserFactory
from tests.factories.pmis import Site

SignIn = Callable[[User], Client]
HELP = Path(settings.BASE_DIR) / "templates" / "pmis" / "help"


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_topic_is_written_in_both_languages(language: str, topic: str) -> None:
    text = (HELP / language / f"{topic}.html").read_text(encoding="utf-8")
    assert len(text) > 250
    assert text.count("<h2>") >= 2


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_help_is_written_that_no_page_leads_to(language: str) -> None:
    assert {file.stem for file in (HELP / language).iterdir()} == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_shown_in_the_language_of_the_reader(
    db: None, as_user: SignIn, topic: str
) -> None:
    for language in ("ko", "en"):
        client = as_user(UserFactory(language=language))
        answer = client.get(reverse("pmis:help-topic", args=[topic]))
        first = (HELP / language / f"{topic}.html").read_text(encoding="utf-8").splitlines()[0]
        assert first in answer.content.decode()


def test_the_way_back_leads_to_the_page_that_was_open_and_nowhere_else(
    db: None, as_user: SignIn
) -> None:
    client = as_user(UserFactory())
    address = reverse("pmis:help-topic", args=["photos"])
    page = client.get(address, {"from": "/pmis/photos/?state=x"}).content.decode()
    assert 'href="/pmis/photos/?state=x"' in page
    for stranger in ("//evil.example", "https://evil.example", "/\\evil.example"):
        page = client.get(address, {"from": stranger}).content.decode()
        assert f'href="{stranger}"' not in page
    assert client.get(reverse("pmis:help-topic", args=["nonsense"])).status_code == 404


def test_the_help_opens_beside_what_is_typed(site: Site, as_user: SignIn) -> None:
    client = as_user(site["officer"])
    address = reverse("pmis:participant-add", args=[site.project.public_id])
    page = client.get(address).content.decode()
    assert f'href="/pmis/help/participants/?from={address.replace("/", "%2F")}"' in page
    assert 'target="_blank" rel="noopener"' in page


def _names(patterns: list) -> list[str]:
    found = []
    for pattern in patterns:
        found += _names(pattern.url_patterns) if hasattr(pattern, "url_patterns") else []
        found += [pattern.name] if getattr(pattern, "name", None) else []
    return found


@pytest.mark.parametrize("name", _names(urlpatterns))
def test_every_working_page_has_a_topic(name: str) -> None:
    assert topic_of("pmis", name) in TOPICS


def test_the_topic_of_a_page_follows_its_subject() -> None:
    assert topic_of("pmis", "daily-report-write") == "daily-report"
    assert topic_of("pmis", "project-schedule") == "schedules"
    assert topic_of("pmis", "participant-delegate") == "participants"
    assert topic_of("pmis", "search") == "search"
    assert topic_of("", "account_login") == "administration"
    assert {topic_of("pmis", f"{entry.name}-list") for entry in types()} <= set(TOPICS)
