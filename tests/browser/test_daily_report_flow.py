"""The main job, by hand: written on site, returned, corrected, confirmed, approved, seen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from ccs.models import User
from pmis.models import DailyReport
from tests.browser.conftest import DESK, PHONE, scrolls_sideways, violations
from tests.factories.pmis import Site, make_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(transactional_db: None) -> Site:
    """A project under construction with its schedule and a person in every role."""
    made = make_site()
    made.schedule("approved")
    return made


@pytest.fixture
def page_of(context_of: Callable[..., BrowserContext], live_server: Any) -> Callable[..., Page]:
    """Return a page of a signed-in person."""

    def open_page(user: User, **options: Any) -> Page:
        client = Client()
        client.force_login(user)
        context = context_of(**options)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return context.new_page()

    return open_page


def _button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def _photo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), "#7a8b8f").save(written, "JPEG")
    return written.getvalue()


def _write(page: Page, site: Site) -> None:
    """Fill the form of the day as a site agent would, and submit it."""
    page.goto("/pmis/")
    page.get_by_role("link", name=re.compile("report", re.IGNORECASE)).first.wait_for()
    page.goto(f"/pmis/projects/{site.project.public_id}/daily-reports/write/")
    page.select_option("[name=weather_am]", "rain")
    page.fill("[name=temperature_min]", "3")
    page.fill("[name=temperature_max]", "9")
    page.fill("[name=work_summary]", "2번 교각 거더 거치")
    page.fill("[name=resident_notice]", "21:00까지 한 차로 통제, 문의 02-2133-0000")
    page.set_input_files(
        "input[type=file]", {"name": "site.jpg", "mimeType": "image/jpeg", "buffer": _photo()}
    )
    page.locator(".actions button[name=next]").click()
    expect(page.locator("h1")).to_have_text("Check before you submit")
    page.locator("[name=confirmed]").check()
    _button(page, "Submit").click()
    page.wait_for_url(re.compile(r"/pmis/daily-reports/[0-9a-f-]{36}/$"))


def test_a_report_goes_from_the_site_to_the_citizen(
    site: Site,
    page_of: Callable[..., Page],
    context_of: Callable[..., BrowserContext],
    publisher: None,
) -> None:
    agent = page_of(site["site_agent"], viewport=PHONE)
    _write(agent, site)
    address = re.search(r"/daily-reports/([0-9a-f-]{36})/", agent.url).group(1)
    citizen = context_of(viewport=PHONE).new_page()
    assert citizen.goto(f"/en/reports/{address}/").status == 404

    supervisor = page_of(site["supervisor"])
    supervisor.goto(f"/pmis/daily-reports/{address}/")
    supervisor.get_by_role("link", name="Return with a reason").click()
    _button(supervisor, "Return with a reason").click()
    expect(supervisor.get_by_role("alert")).to_contain_text("Say why")
    supervisor.fill("[name=comment]", "철근공 인원을 적어 주십시오")
    _button(supervisor, "Return with a reason").click()

    agent.goto(f"/pmis/daily-reports/{address}/")
    expect(agent.get_by_role("alert")).to_contain_text("철근공 인원을 적어 주십시오")
    agent.get_by_role("link", name="Go on writing").click()
    assert agent.input_value("[name=work_summary]") == "2번 교각 거더 거치"
    _button(agent, "Add a trade").click()
    agent.fill("[name$=-trade]", "철근공")
    agent.fill("[name^=workforce][name$=-count]", "12")
    agent.locator(".actions button[name=next]").click()
    agent.locator("[name=confirmed]").check()
    _button(agent, "Submit").click()
    agent.wait_for_url(re.compile(rf"{address}/$"))

    supervisor.goto(f"/pmis/daily-reports/{address}/")
    _button(supervisor, "Confirm").click()
    officer = page_of(site["officer"])
    officer.goto(f"/pmis/daily-reports/{address}/")
    _button(officer, "Approve").click()
    officer.wait_for_load_state()

    for _ in range(40):
        if citizen.goto(f"/en/reports/{address}/").status == 200:
            break
        citizen.wait_for_timeout(50)
    shown = citizen.locator("main").inner_text()
    assert "2번 교각 거더 거치" in shown and "철근공" in shown and "한 차로 통제" in shown
    assert "적어 주십시오" not in citizen.content()
    assert DailyReport.objects.get(public_id=address).state == "approved"


def test_a_report_is_written_and_submitted_without_any_script(
    site: Site, page_of: Callable[..., Page]
) -> None:
    agent = page_of(site["site_agent"], viewport=PHONE, java_script_enabled=False)
    _write(agent, site)
    assert DailyReport.objects.get(project=site.project).state == "submitted"


def test_bad_input_is_said_in_a_summary_and_nothing_is_lost(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(site["site_agent"], viewport=PHONE)
    page.goto(f"/pmis/projects/{site.project.public_id}/daily-reports/write/")
    page.fill("[name=work_summary]", "거푸집 조립")
    page.fill("[name=temperature_min]", "12")
    page.fill("[name=temperature_max]", "3")
    page.locator(".actions button[name=next]").click()
    summary = page.locator(".summary")
    expect(summary).to_contain_text("The highest temperature is below the lowest temperature")
    assert page.input_value("[name=work_summary]") == "거푸집 조립"
    assert violations(page) == []


def test_what_is_typed_is_kept_when_the_browser_is_closed(
    site: Site, page_of: Callable[..., Page]
) -> None:
    address = f"/pmis/projects/{site.project.public_id}/daily-reports/write/"
    page = page_of(site["site_agent"], viewport=PHONE)
    page.goto(address)
    page.fill("[name=work_summary]", "바닥판 철근 배근")
    page.locator("[name=work_summary]").blur()
    expect(page.locator("[data-saved]")).to_contain_text("kept on the server")
    page.context.close()
    again = page_of(site["site_agent"], viewport=PHONE)
    again.goto(address)
    assert again.input_value("[name=work_summary]") == "바닥판 철근 배근"


def _working_addresses(site: Site) -> list[str]:
    report, project = site.report("submitted"), f"/pmis/projects/{site.project.public_id}/"
    return [
        "/pmis/",
        "/pmis/projects/",
        "/pmis/approvals/",
        "/pmis/daily-reports/",
        "/pmis/photos/",
        project,
        f"{project}participants/",
        f"{project}contracts/",
        f"{project}progress/",
        f"{project}history/",
        f"/pmis/daily-reports/{report.public_id}/",
        "/accounts/",
    ]


@pytest.mark.parametrize(
    ("role", "language"), [("site_agent", "ko"), ("supervisor", "en"), ("officer", "ko")]
)
def test_no_working_page_has_a_barrier_or_scrolls_sideways(
    site: Site, page_of: Callable[..., Page], role: str, language: str
) -> None:
    User.objects.filter(pk=site[role].pk).update(language=language)
    found: list[str] = []
    addresses = _working_addresses(site)
    if role == "site_agent":
        addresses.append(f"/pmis/projects/{site.project.public_id}/daily-reports/write/")
    for viewport in (PHONE, DESK):
        page = page_of(site[role], viewport=viewport)
        for address in addresses:
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == language, address
            found += violations(page)
            if scrolls_sideways(page):
                found.append(f"{address} scrolls sideways at {viewport['width']} px")
    assert found == []


def test_sign_in_pages_have_no_barrier(
    site: Site, context_of: Callable[..., BrowserContext]
) -> None:
    page = context_of(viewport=PHONE).new_page()
    found: list[str] = []
    for address in ("/accounts/login/", "/accounts/register/", "/accounts/password/reset/"):
        page.goto(address)
        found += violations(page)
    assert found == []
