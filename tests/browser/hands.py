"""People of a project at their browsers: they sign in, open pages, fill forms, take steps."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, expect

from ccs.models import Organization, User
from pmis.models import Project
from pmis.roles import Role
from tests.factories.pmis import Site

ONE_DAY = datetime.timedelta(days=1)
PASSWORD = "걷는 다리 열두 개"
RECORD = re.compile(r"/pmis/[a-z-]+/[0-9a-f-]{36}/$")


class Hand:
    """One person with a browser window of their own, signed in by the form of the sign-in page."""

    def __init__(self, context: BrowserContext, user: User) -> None:
        self.user, self.page = user, context.new_page()
        self.page.goto("/accounts/login/")
        self.page.fill("[name=login]", user.username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(re.compile(r"/pmis/$"))

    # -- Reading -------------------------------------------------------------------------------

    def open(self, address: str) -> str:
        """Open a page that has to be there, and return what it says."""
        answer = self.page.goto(address)
        assert answer is not None and answer.status == 200, (address, answer and answer.status)
        return self.page.locator("main").inner_text()

    def refused(self, address: str) -> None:
        """See that a page is not for this person."""
        answer = self.page.goto(address)
        assert answer is not None and answer.status in (403, 404), (address, answer.status)

    # -- Writing -------------------------------------------------------------------------------

    def fill(self, **values: Any) -> None:
        """Fill fields by their names; `work_lines__quantity` is that column of the first line."""
        for name, value in values.items():
            self._fill(self._field(name), value)

    def _field(self, name: str) -> Locator:
        lines, _mark, column = name.partition("__")
        if not column:
            return self.page.locator(f"[name='{name}']:not([type=hidden])")
        return self.page.locator(f"[name^='{lines}-'][name$='-{column}']:not([type=hidden])")

    def _fill(self, field: Locator, value: Any) -> None:
        first = field.first
        self._unfold(first)
        match first.evaluate("field => field.type"):
            case "select-one" | "select-multiple":
                first.select_option(self._option(first, str(value)))
            case "radio":
                for one in field.all():
                    if one.get_attribute("value") == value:
                        one.check()
            case "checkbox":
                first.set_checked(bool(value))
            case _:
                first.fill(str(value))

    def _unfold(self, field: Locator) -> None:
        """Open what hides a field, as a person would."""
        if not field.is_visible():
            field.evaluate("field => { field.closest('details').open = true; }")

    def _option(self, field: Locator, value: str) -> str:
        """Return the choice with this value, else the first whose words contain it."""
        options = field.locator("option")
        found = options.evaluate_all(
            "(all, text) => (all.find(one => one.value === text)"
            " || all.find(one => one.text.includes(text)))?.value",
            value,
        )
        assert found, (field.get_attribute("name"), value, options.all_inner_texts()[:20])
        return found

    def add_line(self, lines: str) -> None:
        """Press the button that adds a line."""
        self.page.locator(f"button[data-add='{lines}']").click()

    def attach(self, name: str, content: bytes, kind: str) -> None:
        """Choose a file."""
        file = {"name": name, "mimeType": kind, "buffer": content}
        self.page.set_input_files("main input[type=file]", file)

    # -- Records -------------------------------------------------------------------------------

    def begin(self, project: Project, slug: str) -> None:
        """Open a project's register and press its button for a new record."""
        self.open(f"/pmis/projects/{project.public_id}/{slug}/")
        self.page.locator(f"main a[href$='/{slug}/write/']").first.click()
        expect(self.page.locator("form[data-record-form]")).to_be_visible()

    def submit(self) -> str:
        """Go on to the page that checks, send the record in, and return its address."""
        page = self.page
        page.locator(".actions button[name=next]").click()
        page.locator(".summary, ol.strip [aria-current=step]").first.wait_for()
        summary = page.locator(".summary")
        assert summary.count() == 0, summary.inner_text()
        expect(page.locator("h1")).to_have_text("Check before you submit")
        if page.locator("[name=confirmed]").count():
            page.locator("[name=confirmed]").check()
        page.locator(".actions form button, form .actions button").first.click()
        page.wait_for_url(RECORD)
        return page.url

    def send(self) -> str:
        """Send a record that has no page to check, and return its address."""
        self.page.locator(".actions button[name=send]").click()
        self.page.wait_for_url(RECORD)
        return self.page.url

    def step(self, address: str, action: str, /, **values: Any) -> None:
        """Take a step of a record by its button; fill in what the step asks for."""
        self.open(address)
        page = self.page
        with_form = page.locator(f".actions a[href='{action}/']")
        button = page.locator(f".actions form[action='{action}/'] button")
        if with_form.count():
            with_form.click()
            self.fill(**values)
            of_many = page.locator(f"button[formaction$='/{action}/']")
            button = of_many if of_many.count() else page.locator("form.panel p.row button").last
        self.press(button)
        assert page.url == address, (action, page.url)

    def press(self, button: Locator) -> None:
        """Press a button that leads on, and see that nothing is to be mended."""
        with self.page.expect_navigation():
            button.click()
        summary = self.page.locator(".summary")
        assert summary.count() == 0, summary.inner_text()


class Guide:
    """The guide of the seven stages as one person reads it."""

    def __init__(self, hand: Hand, project: Project) -> None:
        self.hand = hand
        self.address = f"/pmis/projects/{project.public_id}/stages/"

    def row(self, number: int, demand: str) -> Locator:
        """Return the row of a demand of a stage."""
        section = self.hand.page.locator(f"section[aria-labelledby='stage-{number}']")
        return section.locator("tbody tr", has_text=demand)

    def asks(self, number: int, demand: str, role: str) -> None:
        """See that something is missing, and who owes it."""
        self.hand.open(self.address)
        row = self.row(number, demand)
        expect(row).to_have_count(1)
        expect(row).to_contain_text("missing")
        expect(row).to_contain_text(role, ignore_case=True)

    def has(self, number: int, demand: str) -> None:
        """See that something is there."""
        self.hand.open(self.address)
        expect(self.row(number, demand)).to_contain_text("there")

    def follow(self, number: int, demand: str) -> None:
        """Go where the guide leads whoever owes something."""
        self.hand.open(self.address)
        self.row(number, demand).get_by_role("link").click()
        self.hand.page.wait_for_load_state()

    def is_complete(self, number: int) -> None:
        """See that a stage asks for nothing more."""
        self.hand.open(self.address)
        heading = self.hand.page.locator(f"#stage-{number}")
        expect(heading).to_contain_text("complete")

    def rests(self, number: int, sentence: str) -> None:
        """See that a stage asks for nothing yet, and why."""
        self.hand.open(self.address)
        section = self.hand.page.locator(f"section[aria-labelledby='stage-{number}']")
        expect(section).to_contain_text(sentence, ignore_case=True)


@dataclass
class Walk:
    """The people of the project, their browsers, and the project once it is entered."""

    people: dict[str, User]
    firms: dict[str, Organization]
    hands: dict[str, Hand]
    today: datetime.date
    project: Project

    def __getitem__(self, role: str) -> Hand:
        return self.hands[role]

    @property
    def start(self) -> datetime.date:
        """The day on which the site begins: a week and a month lie between it and today."""
        return self.today - 45 * ONE_DAY

    @property
    def end(self) -> datetime.date:
        """The promised day of completion, far enough for the long-term mode."""
        return self.start + 800 * ONE_DAY

    @property
    def home(self) -> str:
        """Address of the project."""
        return f"/pmis/projects/{self.project.public_id}/"

    @property
    def site(self) -> Site:
        """The cast as the factories know it, for what is prepared in bulk."""
        return Site(self.project, self.people, self.firms)

    def guide(self, role: str) -> Guide:
        """Return the guide as a role reads it."""
        return Guide(self[role], self.project)

    def lead(self, action: str, **values: Any) -> None:
        """Let the officer lead the project one step on from its page."""
        officer = self[Role.OFFICER]
        officer.open(self.home)
        officer.page.locator(f"main a[href$='/steps/{action}/']").click()
        officer.fill(**values)
        officer.press(officer.page.locator("form.panel p.row button"))
        assert officer.page.url.endswith(self.home), (action, officer.page.url)
