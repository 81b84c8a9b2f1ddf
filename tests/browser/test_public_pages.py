"""Every public page for everyone: no barrier, no sideways scrolling, no script needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import BrowserContext, Page

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedRecord
from allimi.presentation.kinds import ELSEWHERE
from allimi.presentation.reading import record_url
from allimi.publication import publish_pending
from tests.allimi.conftest import Site, one_of
from tests.browser.conftest import DESK, PHONE, scrolls_sideways, violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def addresses(transactional_db: None) -> list[str]:
    """Public addresses without their language: one of every kind of page."""
    site = Site()
    report = one_of(site, "daily_report")
    schedule = one_of(site, "schedule")
    contract = one_of(site, "contract")
    publish_pending()
    project = f"/projects/{site.project.public_id}/"
    return [
        "/",
        "/projects/",
        "/projects/?type=road&q=none-of-this-name",
        "/areas/S/",
        "/areas/S1/",
        "/near/",
        "/near/?lat=37.5&lon=127.0&radius=2",
        project,
        f"{project}reports/",
        f"{project}photos/",
        f"/reports/{report.public_id}/",
        f"/reports/{report.public_id}/versions/1/",
        f"/records/{schedule.public_id}/",
        f"/records/{contract.public_id}/",
        "/withheld/",
        "/about/",
        "/help/",
        "/no-such-page/",
    ]


#: Each page in both languages and at both widths: one with the other.
LOOKS = pytest.mark.parametrize(
    ("language", "viewport"), [("ko", PHONE), ("en", DESK)], ids=["ko-phone", "en-desk"]
)


def _barriers(page: Page, addresses: list[str], viewport: dict[str, int]) -> list[str]:
    found: list[str] = []
    for address in addresses:
        page.goto(address)
        found += violations(page)
        if scrolls_sideways(page):
            found.append(f"{page.url} scrolls sideways at {viewport['width']} px")
    return found


@LOOKS
def test_no_public_page_has_a_barrier_or_scrolls_sideways(
    language: str,
    viewport: dict[str, int],
    addresses: list[str],
    context_of: Callable[..., BrowserContext],
) -> None:
    page = context_of(viewport=viewport).new_page()
    found = _barriers(page, [f"/{language}{address}" for address in addresses], viewport)
    assert found == []


@LOOKS
def test_no_record_of_any_type_has_a_barrier_or_scrolls_sideways(
    language: str,
    viewport: dict[str, int],
    transactional_db: None,
    context_of: Callable[..., BrowserContext],
) -> None:
    site = Site()
    for kind in CATALOGUE:
        # An approval comes with every record, a photo with a report.
        if kind not in ("approval", "photo"):
            one_of(site, kind)
    publish_pending()
    shown: dict[str, str] = {}
    with translation.override(language):
        for record in PublishedRecord.objects.order_by("pk"):
            shown.setdefault(record.kind, record_url(record))
        project = site.project.public_id
        addresses = [*shown.values(), reverse("allimi:kinds", args=[project])]
        addresses += [
            reverse("allimi:records-of-kind", args=[project, kind])
            for kind in shown
            if kind not in ELSEWHERE
        ]
    assert set(CATALOGUE) <= set(shown)
    page = context_of(viewport=viewport).new_page()
    assert _barriers(page, addresses, viewport) == []


def test_no_public_page_needs_a_script(
    addresses: list[str], context_of: Callable[..., BrowserContext]
) -> None:
    with_script = context_of().new_page()
    without = context_of(java_script_enabled=False).new_page()
    for address in addresses:
        with_script.goto(f"/en{address}")
        without.goto(f"/en{address}")
        for page in (with_script, without):
            assert page.locator("main h1").count() == 1, page.url
        links = "main a[href]"
        assert without.locator(links).count() >= with_script.locator(links).count(), address


def test_nothing_is_asked_of_another_host(
    addresses: list[str], context_of: Callable[..., BrowserContext], live_server: Any
) -> None:
    page = context_of().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in addresses:
        page.goto(f"/ko{address}")
    outside = [url for url in asked if not url.startswith((live_server.url, "data:"))]
    assert asked and outside == []


def test_the_language_menu_leads_to_the_same_page(
    addresses: list[str], context_of: Callable[..., BrowserContext]
) -> None:
    page = context_of().new_page()
    project = addresses[7]
    page.goto(f"/ko{project}")
    page.locator(".lang summary").click()
    page.locator(".lang a[lang=en], .lang a[hreflang=en]").first.click()
    assert page.url.endswith(f"/en{project}")
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_keyboard_reaches_the_content_by_the_skip_link(
    addresses: list[str], context_of: Callable[..., BrowserContext]
) -> None:
    page = context_of().new_page()
    page.goto("/en/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_public_addresses_answer(addresses: list[str], client: Client) -> None:
    codes = {address: client.get(f"/ko{address}").status_code for address in addresses}
    missing = {address: code for address, code in codes.items() if code != 200}
    assert missing == {"/no-such-page/": 404}
