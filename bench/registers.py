"""How the registers of One-PMIS grow with their rows, and what they cost against an empty view.

    ./run bench registers [rows …]        (1000 100000 as a rule)

A small demonstration city is loaded; then every record type's register is filled by sets with
copies of its own records, spread over the projects of the signed-in supervisor, and asked for its
first page and the first of one state, over all projects and of one project. Printed is the
processor time (this process and its database session): how much the last size costs against the
first (target ≤ 1.5), and how much a page costs against an empty view behind the same middleware
(target ≤ 25). That a page asks at most twelve times is a test.
"""

from __future__ import annotations

from bench._city import median, say
from bench._portal import Portal, portal

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.db import connections, models
from django.test import Client
from django.urls import reverse

from ccs.models import User
from ccs.services.static_files import collect_if_changed
from pmis.models import Project
from pmis.records import RecordType, types

SIZES = [int(text) for text in sys.argv[1:]] or [1_000, 100_000]
SAMPLES = 15
#: The rows lie in at most so many projects: the first size fills a page of rows in each.
PROJECTS = 12
STEP = 50_000


@dataclass
class Filler:
    """Fills the register of one record type with copies of its records."""

    entry: RecordType
    projects: list[int]
    made: int = 0

    @property
    def table(self) -> str:
        """The table of the record type."""
        return self.entry.model._meta.db_table

    def fill(self, size: int) -> None:
        """Copy records until the register has `size` more than at first."""
        columns = {field.column: field for field in self.entry.model._meta.concrete_fields}
        names = [name for name in columns if name != "id"]
        values = [self._value(columns[name]) for name in names]
        listed = ", ".join(f'"{name}"' for name in names)
        statement = (
            f"INSERT INTO {self.table} ({listed}) SELECT {', '.join(values)}"
            f" FROM generate_series(%(first)s::int, %(last)s) i JOIN bench_sample e"
            " ON e.bench_place = i %% (SELECT count(*) FROM bench_sample)"
        )
        with connections["owner"].cursor() as cursor:
            # Triggers keep history and disclose; here only the rows are wanted.
            cursor.execute(f"ALTER TABLE {self.table} DISABLE TRIGGER USER")
            cursor.execute("DROP TABLE IF EXISTS bench_sample")
            cursor.execute(
                "CREATE TABLE bench_sample AS"
                " SELECT row_number() OVER (ORDER BY t.id) - 1 AS bench_place, t.*"
                f" FROM {self.table} t WHERE version_no = 1 AND id <= {self._originals()}"
            )
            for first in range(self.made + 1, size + 1, STEP):
                last = min(first + STEP - 1, size)
                cursor.execute(statement, {"first": first, "last": last, "projects": self.projects})
            cursor.execute(f"ALTER TABLE {self.table} ENABLE TRIGGER USER")
            cursor.execute(f"VACUUM ANALYZE {self.table}")
        self.made = max(self.made, size)

    def empty(self) -> None:
        """Remove the copies."""
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"ALTER TABLE {self.table} DISABLE TRIGGER USER")
            cursor.execute(f"DELETE FROM {self.table} WHERE id > {self._originals()}")
            cursor.execute(f"ALTER TABLE {self.table} ENABLE TRIGGER USER")
            cursor.execute(f"VACUUM FULL {self.table}")

    def _originals(self) -> int:
        if not hasattr(self, "_last"):
            newest = self.entry.model._default_manager.order_by("-pk").first()
            self._last = newest.pk if newest else 0
        return self._last

    def _value(self, field: models.Field) -> str:
        """Return the value of a column in a copy: its own where it has to be unlike the others."""
        column = f'e."{field.column}"'
        if field.name == "public_id":
            return "gen_random_uuid()"
        if field.name == "project":
            return "(%(projects)s::int[])[1 + i %% cardinality(%(projects)s::int[])]"
        if field.name not in _unique_names(self.entry.model):
            return column
        if isinstance(field, models.DateField):
            return (
                "(date '2020-01-01' - make_interval(months =>"
                " i / cardinality(%(projects)s::int[])))::date"
            )
        if isinstance(field, models.CharField) and not field.choices:
            return f"left({column}, 12) || i"
        if isinstance(field, models.IntegerField):
            return "1000 + i / cardinality(%(projects)s::int[])"
        if isinstance(field, models.ForeignKey) and field.null:
            return "NULL"
        return column


def _is_one_a_project(model: type[models.Model]) -> bool:
    return any(
        isinstance(constraint, models.UniqueConstraint) and constraint.fields == ("project",)
        for constraint in model._meta.constraints
    )


def _unique_names(model: type[models.Model]) -> set[str]:
    return {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        for name in constraint.fields
        if name not in ("project", "public_id", "version_no")
    }


class Working(Portal):
    """The application, asked by a signed-in person."""

    alias = "default"

    def sign_in(self, user: User) -> None:
        """Ask as this person from now on."""
        client = Client()
        client.force_login(user)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.environ = {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={key}"}


def _addresses(entry: RecordType, project: Project) -> Iterator[tuple[str, str]]:
    everywhere = reverse(f"pmis:{entry.name}-list")
    of_project = reverse(f"pmis:{entry.name}-of-project", args=[project.public_id])
    state = entry.model._default_manager.order_by("pk").values_list("state", flat=True).first()
    yield "all projects", everywhere
    yield "one project", of_project
    yield "one project, by state", f"{of_project}?state={state}"


def _cost(application: Working, address: str) -> float:
    """Return the median processor time of a page in seconds."""
    status, _headers, body = application.ask(address)
    assert status == 200, (status, address)
    assert body, address
    spent = []
    for _number in range(SAMPLES):
        cost = application.cost(lambda: application.ask(address), 1, lambda: None)
        spent.append(cost.python + cost.database)
    return median(spent)


def _registers(application: Working, user: User) -> None:
    held = list(Project.objects.filter(participants__user=user).distinct().order_by("pk"))
    projects = [project.pk for project in held[:PROJECTS]]
    worst = {"growth": 0.0, "cost": 0.0}
    for entry in types():
        if not entry.model._default_manager.filter(version_no=1).exists():
            say(f"{entry.record_type}: no record in the demonstration")
            continue
        if _is_one_a_project(entry.model):
            say(f"{entry.record_type}: a project has one in force")
            continue
        filler, measured = Filler(entry, projects), {}
        started = time.perf_counter()
        for size in SIZES:
            filler.fill(size)
            for name, address in _addresses(entry, held[0]):
                measured.setdefault(name, []).append(_cost(application, address))
        unit = _cost_of_nothing(application)
        filler.empty()
        for name, spent in measured.items():
            growth, cost = spent[-1] / spent[0], spent[-1] / unit
            worst["growth"], worst["cost"] = max(worst["growth"], growth), max(worst["cost"], cost)
            say(
                f"{entry.record_type}, {name}: {growth:.2f} × from {SIZES[0]:,} to {SIZES[-1]:,}"
                f" rows, {cost:.1f} × an empty view, {spent[-1] * 1000:.1f} ms"
            )
        say(f"  ({time.perf_counter() - started:.0f} s)")
    say(
        f"worst of all: growth {worst['growth']:.2f} (target ≤ 1.5), {worst['cost']:.1f} × an empty"
        f" view (target ≤ 25)"
    )


def _cost_of_nothing(application: Working) -> float:
    application.ask("/empty-working/")
    costs = [
        application.cost(lambda: application.ask("/empty-working/"), 1, lambda: None)
        for _number in range(SAMPLES)
    ]
    return median([cost.python + cost.database for cost in costs])


def main() -> None:
    """Load, fill, measure and print."""
    collect_if_changed()
    call_command("load_demo", small=True, stdout=StringIO())
    user = User.objects.get(username="supervisor")
    with portal(Working) as application:
        application.sign_in(user)
        _registers(application, user)


if __name__ == "__main__":
    main()
