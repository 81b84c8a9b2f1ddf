"""A real Chromium against a real server; a publisher runs beside it, as the worker does."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from allimi.publication import publish_pending
from tests.conftest import share_one_connection

AXE = Path(__file__).parent.parent / "vendor" / "axe.min.js"
#: WCAG 2.2, levels A and AA, and what axe calls good practice.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """Chromium, found by `./run test`."""
    path = os.environ.get("CCS_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium is installed")
    arguments = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        # Playwright runs an event loop in this thread, and Django's connections are others there.
        share_one_connection()
        yield opened
        opened.close()


@pytest.fixture
def context_of(browser: Browser, live_server: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens a browser context on the running server."""
    opened: list[BrowserContext] = []

    def open_context(**options: Any) -> BrowserContext:
        options.setdefault("viewport", DESK)
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
    _wait_for_the_server()


def _wait_for_the_server() -> None:
    """Wait, at most 10 s, until no request is in work: emptying the tables would lock with it."""
    working = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    for _ in range(100):
        with connections["default"].cursor() as cursor:
            cursor.execute(working)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.1)


@pytest.fixture
def publisher(transactional_db: None) -> Iterator[None]:
    """Publish what is queued for as long as the test runs, as worker and sweep do."""
    stopping = threading.Event()

    def run() -> None:
        while not stopping.wait(0.05):
            publish_pending()
        for alias in connections:
            connections[alias].close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    stopping.set()
    thread.join(10)


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page, a line each."""
    # By the debugging protocol: the pages themselves allow no foreign script.
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", AXE_TAGS
    )
    return [
        f"{page.url}: {violation['id']}: {node['html'][:120]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
