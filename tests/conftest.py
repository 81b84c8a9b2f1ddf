"""What every test starts from: one connection for all aliases, public requests as the portal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import SimpleTestCase, TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from allimi.roles import PORTAL, PUBLISHER, grant, make_roles
from ccs import middleware
from tests.factories.ccs import first_rules

# One connection answers for all aliases, so Django's guard on the other aliases would shut it.
SimpleTestCase._add_databases_failures = classmethod(lambda cls: None)
SimpleTestCase._remove_databases_failures = classmethod(lambda cls: None)

_flush = TransactionTestCase._fixture_teardown


def _flush_and_give_back(case: TransactionTestCase) -> None:
    """Empty the tables after a transactional test, and put back what migrations had written."""
    _flush(case)
    first_rules()


TransactionTestCase._fixture_teardown = _flush_and_give_back


def share_one_connection() -> None:
    """Let all aliases be one connection: a second one sees none of a test's rows."""
    for alias in connections:
        connections[alias] = connections["default"]


def aim_other_threads_at_the_test_database() -> None:
    """Let each alias sign in to the test database in its own role, as a server's threads do."""
    name = connections["default"].settings_dict["NAME"]
    for alias, role in (("portal", PORTAL), ("publisher", PUBLISHER), ("owner", "")):
        settings = connections.settings[alias]
        settings["NAME"] = name
        settings["OPTIONS"] = {"options": f"-c role={role}"} if role else {}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Make the roles once per cluster and give them their rights in this test database."""
    with django_db_blocker.unblock():
        share_one_connection()
        with connection.cursor() as cursor:
            make_roles(cursor)
            grant(cursor)
        aim_other_threads_at_the_test_database()


@pytest.fixture(autouse=True)
def _public_requests_read_as_the_portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answer public requests as the portal's role: a forbidden table fails every public test."""
    answer = middleware.PublicRequestMiddleware._answer

    def as_portal(
        self: middleware.PublicRequestMiddleware,
        request: HttpRequest,
        *args: Any,
    ) -> HttpResponse:
        if connection.connection is None and not connection.in_atomic_block:
            return answer(self, request, *args)
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {PORTAL}")
        try:
            return answer(self, request, *args)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")

    monkeypatch.setattr(middleware.PublicRequestMiddleware, "_answer", as_portal)
    yield
