"""The application in this process, what its requests cost, and a city over the real districts."""

from __future__ import annotations

from bench._city import make_city

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from allimi.publication import publish_pending
from ccs import urls
from ccs.lib.publicity import public

PLACE = """
DELETE FROM pmis_projectarea;
DELETE FROM ccs_area WHERE id <= 26;
"""
PLACE_AGAIN = """
INSERT INTO pmis_projectarea (project_id, area_id)
SELECT p.id, a.id FROM pmis_project p JOIN (
    SELECT id, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS places
    FROM ccs_area a WHERE NOT EXISTS (SELECT 1 FROM ccs_area b WHERE b.parent_id = a.id)
) a ON a.place = p.id % a.places;
"""


@public
def empty(request: HttpRequest) -> HttpResponse:
    """Answer with nothing: what the frame around every public page costs."""
    return HttpResponse()


@login_not_required
def empty_working(request: HttpRequest) -> HttpResponse:
    """Answer with nothing, past every middleware of the signed-in side."""
    return HttpResponse()


urlpatterns = [
    *urls.urlpatterns,
    path("empty/", empty),
    path("empty-working/", empty_working),
]


@dataclass(frozen=True)
class Cost:
    """Processor time of one request in seconds: of this process, and of its database session."""

    python: float
    database: float


class Portal:
    """The whole application in this process, with the processor time of its database session."""

    #: The connection that answers, and what every request brings along.
    alias = "portal"
    environ: dict[str, str] = {}

    def __init__(self) -> None:
        self._application = get_wsgi_application()
        self._factory = RequestFactory(headers={"accept-encoding": "gzip", "host": "127.0.0.1"})

    def ask(self, address: str, tag: str = "") -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer to one request."""
        environ = self._factory.get(address).environ | self.environ
        if tag:
            environ["HTTP_IF_NONE_MATCH"] = tag
        answer: list[tuple[int, dict[str, str]]] = []

        def start(status: str, headers: list[tuple[str, str]], error: object = None) -> None:
            answer.append((int(status[:3]), dict(headers)))

        response = self._application(environ, start)
        body = b"".join(response)
        response.close()
        return *answer[0], body

    def cost(self, work: Callable[[], object], times: int, before: Callable[[], object]) -> Cost:
        """Return the mean cost of `work`, with `before` called outside the measurement."""
        python = database = 0.0
        for _number in range(times):
            before()
            session, started = self._database_time(), time.process_time()
            work()
            python += time.process_time() - started
            database += self._database_time() - session
        return Cost(python / times, database / times)

    def _database_time(self) -> float:
        """Return the processor time of the session, 0 where it cannot be seen."""
        session = connections[self.alias].connection
        try:
            pid = session.info.backend_pid if session else 0
            return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
        except (OSError, ValueError):
            return 0.0


AnyPortal = TypeVar("AnyPortal", bound=Portal)


@contextmanager
def portal(kind: type[AnyPortal] = Portal) -> Iterator[AnyPortal]:  # type: ignore[assignment]
    """Give the application with the empty views in its addresses."""
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"]):
        yield kind()


def make_seoul(*, projects: int, reports: int) -> None:
    """Make a city over the real districts, so that maps and lists have their real size."""
    make_city(projects=projects, reports=reports)
    with connections["owner"].cursor() as cursor:
        cursor.execute(PLACE)
    call_command("import_areas", "--preset", "seoul", stdout=StringIO())
    with connections["owner"].cursor() as cursor:
        cursor.execute(PLACE_AGAIN)
    publish_pending()
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
