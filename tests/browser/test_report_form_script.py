"""What the script of the form adds: counters and lines in place, and no loss without a net."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from pmis.models import DailyReport, Draft
from tests.browser.conftest import PHONE
from tests.factories.pmis import Site, make_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(transactional_db: None) -> Site:
    """A project under construction with a person in every role."""
    return make_site()


@pytest.fixture
def page(context_of: Callable[..., BrowserContext], live_server: Any, site: Site) -> Page:
    """The form of today in the site agent's hand."""
    client = Client()
    client.force_login(site["site_agent"])
    context = context_of(viewport=PHONE)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    opened = context.new_page()
    opened.goto(f"/pmis/projects/{site.project.public_id}/daily-reports/write/")
    return opened


def test_counters_and_lines_change_in_place(page: Page, site: Site) -> None:
    address = page.url
    trades = page.locator("#workforce_lines")
    page.fill("[name=workforce_lines-0-trade]", "철근공")
    plus = trades.get_by_role("button", name="How many: one more")
    plus.click()
    plus.click()
    assert page.input_value("[name=workforce_lines-0-count]") == "2"
    expect(page.locator("[data-sum=workforce_lines]")).to_have_text("2")
    trades.get_by_role("button", name="How many: one less").click()
    page.get_by_role("button", name="Add a trade").click()
    expect(page.locator("[name=workforce_lines-1-trade]")).to_be_focused()
    page.fill("[name=workforce_lines-1-trade]", "목공")
    page.fill("[name=workforce_lines-1-count]", "7")
    expect(page.locator("[data-sum=workforce_lines]")).to_have_text("8")
    assert page.url == address
    page.fill("[name=work_summary]", "거더 거치")
    page.locator(".actions button[name=save]").click()
    page.wait_for_url("**/daily-reports/*-*-*/")
    report = DailyReport.objects.get()
    assert {line.trade: line.count for line in report.workforce_lines.all()} == {
        "철근공": 1,
        "목공": 7,
    }


def test_what_is_typed_without_a_net_comes_back_from_the_device(page: Page, site: Site) -> None:
    page.context.set_offline(True)
    page.fill("[name=work_summary]", "비 오는 둔치에서")
    page.get_by_role("button", name="Add a trade").click()
    page.fill("[name=workforce_lines-1-trade]", "신호수")
    expect(page.locator("[data-saved]")).to_contain_text("kept on this device")
    assert not Draft.objects.exists()
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("[name=work_summary]")).to_have_value("비 오는 둔치에서")
    expect(page.locator("[name=workforce_lines-1-trade]")).to_have_value("신호수")
    # Sent when the net came back, or now from the device.
    expect(page.locator("[data-saved]")).to_contain_text(re.compile("kept on the server", re.I))
    assert Draft.objects.get().fields["work_summary"] == ["비 오는 둔치에서"]


def test_the_keyboard_alone_writes_a_report(page: Page, site: Site) -> None:
    page.locator("[name=temperature_min]").focus()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator("[name=temperature_max]")).to_be_focused()
    page.keyboard.type("9")
    page.locator("[name=work_summary]").focus()
    page.keyboard.type("거더 거치")
    page.locator(".actions button[name=next]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Check before you submit")
