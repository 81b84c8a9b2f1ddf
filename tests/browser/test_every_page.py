"""Every page of One-PMIS: no barrier, and no sideways scrolling, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from ccs.models import User
from tests.browser.conftest import DESK, PHONE, scrolls_sideways, violations
from tests.browser.every_page import visits
from tests.factories.pmis import make_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("language", "viewport"), [("ko", PHONE), ("en", DESK)], ids=["ko-phone", "en-desk"]
)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    transactional_db: None,
    context_of: Callable[..., BrowserContext],
    language: str,
    viewport: dict[str, int],
) -> None:
    """Each page once in either language: what one width and language hides the other shows."""
    site = make_site()
    User.objects.update(language=language)
    page = context_of(viewport=viewport).new_page()
    sessions: dict[int, str] = {}
    found: list[str] = []
    seen = 0
    for visit in visits(site):
        _sign_in(page, visit.user, sessions)
        answer = page.goto(visit.url)
        if answer is None or answer.status != 200 or not page.url.endswith(visit.url):
            found.append(f"{visit.url} {answer and answer.status} {page.url}")
            continue
        seen += 1
        if page.locator("html").get_attribute("lang") != language:
            found.append(f"{visit.url} is not in {language}")
        found += violations(page)
        if scrolls_sideways(page):
            found.append(f"{visit.url} scrolls sideways at {viewport['width']} px")
    assert found == []
    assert seen > 250


def _sign_in(page: Page, user: User, sessions: dict[int, str]) -> None:
    """Let the browser go on as somebody else, as if they had signed in."""
    if user.pk not in sessions:
        client = Client()
        client.force_login(user)
        sessions[user.pk] = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": sessions[user.pk]}
    page.context.add_cookies([{**cookie, "domain": "localhost", "path": "/"}])
