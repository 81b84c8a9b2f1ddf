"""Work without a network in a real browser: written, closed, reopened, sent once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from pmis.models import DailyReport, Photo, ReceivedDraft, ReceivedPhoto
from pmis.roles import Role
from pmis.services.daily_reports import open_daily_report, save_daily_report
from tests.browser.conftest import DESK, PHONE, scrolls_sideways, violations
from tests.factories.pmis import Site, make_site

pytestmark = pytest.mark.django_db(transaction=True)
OUTBOX = "/pmis/offline/"
COUNT_STORES = "indexedDB.databases().then(all => all.length)"
COUNT_CACHES = "caches.keys().then(all => all.length)"


@pytest.fixture
def site(transactional_db: None) -> Site:
    """A project under construction with a person in every role."""
    return make_site()


@pytest.fixture
def phone(
    context_of: Callable[..., BrowserContext], live_server: Any, site: Site
) -> BrowserContext:
    """The site agent's phone, signed in, with the forms taken along."""
    client = Client()
    client.force_login(site[Role.SITE_AGENT])
    context = context_of(viewport=PHONE)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto("/pmis/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(OUTBOX)
    expect(page.locator("[data-forms] a")).not_to_have_count(0)
    page.close()
    return context


def _picture(colour: str) -> dict[str, Any]:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(written, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


def _begin(page: Page) -> None:
    """Open an empty daily report from the outbox."""
    page.goto(OUTBOX)
    page.locator("[data-forms]").get_by_role("link", name="Daily report").click()
    expect(page.locator("form[data-ready]")).to_be_visible()


def _send_now(page: Page) -> None:
    page.goto(OUTBOX)
    _expect_answered(page)


def _expect_answered(page: Page) -> None:
    """Wait until every draft is answered, and its photos: those come after it."""
    expect(page.locator("[data-drafts] > li")).not_to_have_count(0)
    pending = page.locator("[data-drafts] .state", has_text=re.compile("waits|being sent"))
    expect(pending).to_have_count(0, timeout=20_000)


def test_a_report_with_photos_is_written_without_a_network_and_sent_once(
    phone: BrowserContext, site: Site
) -> None:
    phone.set_offline(True)
    page = phone.new_page()
    _begin(page)
    page.fill("[name=work_summary]", "비 오는 둔치에서 거더 거치")
    page.fill("[name=temperature_min]", "3")
    page.get_by_role("button", name="Add a trade").click()
    page.fill("[name$=-trade] >> nth=0", "철근공")
    page.fill("[name^=workforce][name$=-count] >> nth=0", "12")
    page.set_input_files("[data-upload]", [_picture("red"), _picture("blue")])
    expect(page.locator("ul.photos canvas")).to_have_count(2)
    page.locator("ul.photos [data-caption] >> nth=0").fill("3번 교각")
    expect(page.locator("[data-saved]")).to_contain_text("On this device")
    page.wait_for_timeout(500)
    page.close()

    # A second draft, about another day, while the first is not finished.
    page = phone.new_page()
    _begin(page)
    page.fill("[data-key-field]", "2026-11-03")
    page.fill("[name=work_summary]", "3일의 글")
    page.locator(".actions button").click()
    page.wait_for_url(f"**{OUTBOX}")
    expect(page.locator("[data-drafts] > li")).to_have_count(2)
    expect(page.locator("[data-drafts]")).to_contain_text("waits to be sent")
    page.close()

    # The first is still there after the browser was closed.
    page = phone.new_page()
    page.goto(OUTBOX)
    first = page.locator("[data-drafts] > li", has_text=timezone.localdate().isoformat())
    first.get_by_role("link", name="Go on writing").click()
    expect(page.locator("[name=work_summary]")).to_have_value("비 오는 둔치에서 거더 거치")
    expect(page.locator("[name=workforce_lines-0-trade]")).to_have_value("철근공")
    expect(page.locator("ul.photos [data-caption] >> nth=0")).to_have_value("3번 교각")
    page.locator(".actions button").click()
    page.wait_for_url(f"**{OUTBOX}")
    assert not DailyReport.objects.exists()

    phone.set_offline(False)
    _send_now(page)
    for _ in range(3):
        page.reload()
    _expect_answered(page)
    expect(page.locator("[data-drafts] > li > p > .state")).to_have_text(["sent", "sent"])
    report = DailyReport.objects.get(work_summary__startswith="비 오는")
    assert report.date == timezone.localdate()
    assert report.workforce_lines.get().count == 12
    named = [line.photo.caption for line in report.report_photos.order_by("order", "id")]
    assert named == ["3번 교각", ""]
    assert DailyReport.objects.count() == ReceivedDraft.objects.count() == 2
    assert Photo.objects.count() == ReceivedPhoto.objects.count() == 2


def test_the_usual_address_of_a_form_works_without_a_network_too(
    phone: BrowserContext, site: Site
) -> None:
    phone.set_offline(True)
    page = phone.new_page()
    page.goto(f"/pmis/projects/{site.project.public_id}/daily-reports/write/2026-11-03/")
    expect(page.locator("[data-key-field]")).to_have_value("2026-11-03")
    page.goto("/pmis/approvals/")
    expect(page.locator("h1")).to_have_text("On this device")


def test_a_newer_version_of_the_server_is_shown_and_never_overwritten(
    phone: BrowserContext, site: Site
) -> None:
    phone.set_offline(True)
    page = phone.new_page()
    _begin(page)
    page.fill("[name=work_summary]", "현장에서 쓴 글")
    page.locator(".actions button").click()
    page.wait_for_url(f"**{OUTBOX}")
    report = open_daily_report(
        project=site.project, date=timezone.localdate(), by=site[Role.ENGINEER]
    )
    save_daily_report(report=report, fields={"work_summary": "사무실의 글"}, by=site[Role.ENGINEER])
    phone.set_offline(False)
    page.goto(OUTBOX)
    both = page.get_by_role("link", name="See both versions")
    both.click()
    expect(page.locator("table")).to_contain_text("현장에서 쓴 글")
    expect(page.locator("table")).to_contain_text("사무실의 글")
    assert violations(page) == [] and not scrolls_sideways(page)
    page.get_by_role("button", name="Put mine into the form").click()
    expect(page.locator("[name=work_summary]")).to_have_value("현장에서 쓴 글")
    report.refresh_from_db()
    assert report.work_summary == "사무실의 글"
    page.locator(".actions button[name=save]").click()
    page.wait_for_url(re.compile(r"/daily-reports/[0-9a-f-]{36}/$"))
    report.refresh_from_db()
    assert report.work_summary == "현장에서 쓴 글"


def test_a_text_to_be_mended_leads_to_its_form(phone: BrowserContext, site: Site) -> None:
    phone.set_offline(True)
    page = phone.new_page()
    _begin(page)
    page.fill("[name=temperature_min]", "cold")
    page.locator(".actions button").click()
    page.wait_for_url(f"**{OUTBOX}")
    phone.set_offline(False)
    page.goto(OUTBOX)
    page.get_by_role("link", name="Mend it in the form").click()
    expect(page.locator(".summary")).to_contain_text("Enter a number")
    page.fill("[name=temperature_min]", "3")
    page.locator(".actions button[name=save]").click()
    page.wait_for_url(re.compile(r"/daily-reports/[0-9a-f-]{36}/$"))
    assert DailyReport.objects.get().temperature_min == 3


def test_a_session_that_is_over_keeps_everything_and_says_so(
    phone: BrowserContext, site: Site
) -> None:
    phone.set_offline(True)
    page = phone.new_page()
    _begin(page)
    page.fill("[name=work_summary]", "세션이 끝나도")
    page.locator(".actions button").click()
    page.wait_for_url(f"**{OUTBOX}")
    # As if hours had passed: the session is gone, the page is still open.
    phone.clear_cookies()
    phone.set_offline(False)
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("[data-said]")).to_contain_text("signed out")
    expect(page.locator("[data-drafts]")).to_contain_text("You are signed out")
    assert not DailyReport.objects.exists()


def test_signing_out_asks_first_and_leaves_nothing_behind(
    phone: BrowserContext, site: Site
) -> None:
    page = phone.new_page()
    _begin(page)
    page.fill("[name=work_summary]", "보내지 않은 글")
    expect(page.locator("[data-saved]")).to_contain_text("On this device")
    page.goto("/accounts/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"**{OUTBOX}#sign-out")
    warning = page.locator("[data-sign-out]:visible")
    expect(warning).to_contain_text("was not sent")
    assert violations(page) == []
    warning.get_by_role("button").click()
    page.wait_for_url("**/accounts/login/**")
    assert page.evaluate(COUNT_STORES) == page.evaluate(COUNT_CACHES) == 0
    # A worker that was told to go is gone as soon as its last page is.
    gone = "navigator.serviceWorker.getRegistrations().then(all => all.length === 0)"
    page.wait_for_function(gone)
    phone.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(OUTBOX)


def test_the_next_person_on_the_device_sees_nothing_of_the_one_before(
    phone: BrowserContext, live_server: Any, site: Site
) -> None:
    page = phone.new_page()
    _begin(page)
    page.fill("[name=work_summary]", "앞 사람의 글")
    expect(page.locator("[data-saved]")).to_contain_text("On this device")
    other = Client()
    other.force_login(site[Role.ENGINEER])
    session = other.cookies[settings.SESSION_COOKIE_NAME].value
    phone.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page.goto("/pmis/")
    page.goto(OUTBOX)
    expect(page.locator("[data-forms] a")).not_to_have_count(0)
    expect(page.locator("[data-drafts] > li")).to_have_count(0)
    assert page.evaluate(COUNT_CACHES) == 1


def test_public_pages_are_not_touched_by_the_service_worker(
    phone: BrowserContext, site: Site
) -> None:
    page = phone.new_page()
    for address in ("/en/", "/accounts/"):
        page.goto(address)
        assert page.evaluate("navigator.serviceWorker.controller === null"), address
    page.goto("/pmis/")
    assert page.evaluate("navigator.serviceWorker.controller !== null")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_outbox_and_offline_form_have_no_barrier(
    phone: BrowserContext, site: Site, viewport: Any
) -> None:
    page = phone.new_page()
    page.set_viewport_size(viewport)
    _begin(page)
    page.set_input_files("[data-upload]", [_picture("red")])
    expect(page.locator("ul.photos canvas")).to_have_count(1)
    found = violations(page)
    assert not scrolls_sideways(page)
    page.fill("[name=work_summary]", "글")
    expect(page.locator("[data-saved]")).to_contain_text("On this device")
    page.goto(OUTBOX)
    expect(page.locator("[data-drafts] > li")).to_have_count(1)
    found += violations(page)
    assert found == [] and not scrolls_sideways(page)
