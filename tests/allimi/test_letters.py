"""What citizens read of letters and minutes: no reply before its acceptance, no names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from allimi.models import PublishedRecord
from allimi.publication import publish_pending
from pmis.models import Letter
from pmis.services.approvals import perform
from tests.allimi.conftest import Site, one_of


def page(record: Any, language: str = "en") -> str:
    publish_pending()
    answer = Client().get(f"/{language}/records/{record.public_id}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_reply_is_read_when_it_is_accepted_and_not_before(site: Site, language: str) -> None:
    letter = one_of(site, "letter")
    assert letter.title in page(letter, language)
    assert "보강함" not in page(letter, language)
    letter = perform(subject=letter, action="reply", by=site.agent, fields={"reply": "사진 붙임"})
    assert "사진 붙임" not in page(letter, language)
    letter = perform(subject=letter, action="accept", by=site.officer)
    text = page(letter, language)
    assert "사진 붙임" in text and "보강함" in text and "점검표" in text


def test_a_letter_classified_non_public_is_nowhere(
    site: Site, published: Callable[[Any], PublishedRecord | None]
) -> None:
    letter = one_of(site, "letter")
    assert published(letter)
    secret = Letter.objects.create(
        project=site.project, author=site.officer, sender_side="ordering_body"
    )
    values = {"kind": "letter", "receiver_side": "supervision", "title": "감사", "body": "자료"}
    for name, value in {**values, "needs_reply": False, "non_public_ground": "G5"}.items():
        setattr(secret, name, value)
    secret.save()
    secret = perform(subject=secret, action="issue", by=site.officer)
    assert secret.is_in_force and published(secret) is None


def test_minutes_name_bodies_and_roles_and_what_is_to_be_done(site: Site) -> None:
    text = page(one_of(site, "meeting"))
    for shown in ("한빛건설", "현장대리인", "성적서 제출", "배수로 정비", "합동 검측"):
        assert shown in text, shown
    for hidden in ("발언 요지", "김현장"):
        assert hidden not in text, hidden
