"""How public pages grow with the number of published records.

    ./run bench growth [records …]        (10000 100000 as a rule; add 1000000 for the whole figure)

The portal's tables are filled directly, by sets, with records whose texts are copies of really
published ones: 2 % projects (at least 600, so that a district or a type with a status fills a page
at every size), 0.4 % firms, the rest daily reports, in the real districts. At each
size every kind of page is asked for many different records and filters, with nothing remembered,
so that every query really runs and every row is drawn; filters find a full page of rows at the
smallest size as at the largest. Printed are the medians of processor time (this process and its
database session) and of the time on the clock, and how much the last size costs against the first.
"""

from __future__ import annotations

from bench._city import median, say
from bench._portal import Portal, make_seoul, portal

import random
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connections

from allimi.presentation import cache
from ccs.services.static_files import collect_if_changed

SIZES = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
SAMPLES = 40
STEP = 50_000
#: Of a hundred thousand records so many are projects, so many firms; the rest daily reports.
PROJECTS, FIRMS = 2_000, 400
FEWEST_PROJECTS, FEWEST_FIRMS = 600, 60
#: The first projects have that many reports at every size; the others share what is left, by days.
FULL_PROJECTS, FULL_REPORTS = 50, 48

EXAMPLES = """
CREATE TABLE bench_example AS
SELECT DISTINCT ON (kind) kind, public_id, project_public_id, body
FROM allimi_publishedrecord WHERE kind IN ('project', 'organization', 'daily_report')
ORDER BY kind, id;
CREATE FUNCTION bench_id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(kind || number)::uuid $$;
CREATE TABLE bench_leaf AS
SELECT row_number() OVER (ORDER BY code) - 1 AS place, path FROM ccs_area a
WHERE NOT EXISTS (SELECT 1 FROM ccs_area b WHERE b.parent_id = a.id);
"""

FIRM_ROWS = """
INSERT INTO allimi_publishedrecord (kind, public_id, version_no, title, title_en, status,
    work_type, firms, currency, sort_date, search, body, is_withdrawn, first_published_at,
    published_at)
SELECT 'organization', bench_id('organization', i), 1, '기관 ' || i || ' 건설', '',
       'contractor', '', '{}', '', date '2026-01-01', '기관 ' || i,
       replace(e.body, e.public_id::text, bench_id('organization', i)::text), FALSE, now(), now()
FROM generate_series(%(first)s, %(last)s) i, bench_example e WHERE e.kind = 'organization'
"""

PROJECT_ROWS = """
INSERT INTO allimi_publishedrecord (kind, public_id, project_public_id, version_no, title,
    title_en, status, work_type, ordering_body, firms, amount, currency, sort_date, start_date,
    end_date, longitude, latitude, search, body, is_withdrawn, first_published_at, published_at)
SELECT 'project', bench_id('project', i), bench_id('project', i), 1, '도로 정비 공사 ' || i,
       'Road works ' || i,
       (ARRAY['ongoing', 'completed', 'planned', 'suspended'])[1 + i %% 4],
       (ARRAY['road', 'water', 'park', 'public_building', 'urban_rail'])[1 + i %% 5],
       bench_id('organization', 1 + i %% 25),
       ARRAY[bench_id('organization', 1 + i %% %(firms)s)],
       1000000::bigint * (1 + i::bigint * 7919 %% 90000), 'KRW',
       date '2026-11-01' - (i %% 900), date '2026-01-01' - (i %% 900), date '2027-03-01',
       126.8 + (i::bigint * 7919 %% 30000) / 100000.0,
       37.45 + (i::bigint * 104729 %% 20000) / 100000.0,
       'K' || lpad(i::text, 7, '0') || ' 도로 정비 공사 ' || i || ' 기관 '
           || i %% 977 || '로 ' || i %% 89 || '길',
       replace(e.body, e.public_id::text, bench_id('project', i)::text), FALSE, now(), now()
FROM generate_series(%(first)s, %(last)s) i, bench_example e WHERE e.kind = 'project'
"""

AREA_ROWS = """
INSERT INTO allimi_publishedrecordarea (record_id, area_id, kind, status, work_type, sort_date)
SELECT r.id, unnest(l.path), 'project', r.status, r.work_type, r.sort_date
FROM generate_series(%(first)s, %(last)s) i
JOIN allimi_publishedrecord r ON r.public_id = bench_id('project', i)
JOIN bench_leaf l ON l.place = i %% (SELECT count(*) FROM bench_leaf)
"""

REPORT_ROWS = """
INSERT INTO allimi_publishedrecord (kind, public_id, project_public_id, version_no, title,
    title_en, status, work_type, firms, currency, sort_date, search, body, is_withdrawn,
    first_published_at, published_at)
SELECT 'daily_report', bench_id('report', i), p.id, 1, '', '',
       'approved', '', '{}', '', date '2026-11-20' - p.days::int, '',
       replace(replace(e.body, e.public_id::text, bench_id('report', i)::text),
               e.project_public_id::text, p.id::text),
       FALSE, now(), now()
FROM generate_series(%(first)s, %(last)s) i
CROSS JOIN bench_example e
CROSS JOIN LATERAL (
    SELECT bench_id('project', CASE WHEN i < %(full)s THEN 1 + i / %(reports)s
                                    ELSE 1 + i %% %(projects)s END) AS id,
           CASE WHEN i < %(full)s THEN i %% %(reports)s ELSE i / %(projects)s END AS days
) p
WHERE e.kind = 'daily_report'
"""

#: Pages name versions without reading their texts, so these are short.
VERSION_ROWS = """
INSERT INTO allimi_publishedversion (kind, public_id, version_no, source_version, body, salt,
    commitment, change_class, reason, actor_role, published_at)
SELECT %(kind)s, bench_id(%(name)s, i), 1, 1, '{}', '\\x00', sha256('\\x00'), 'new', '', '', now()
FROM generate_series(%(first)s, %(last)s) i
"""


class Filler:
    """Fills the portal's tables up to a size."""

    def __init__(self) -> None:
        self._made = {"organization": 0, "project": 0, "daily_report": 0}
        with connections["owner"].cursor() as cursor:
            cursor.execute(EXAMPLES)
            cursor.execute(
                "TRUNCATE allimi_publishedversion, allimi_publishedrecord, allimi_sealedversion,"
                " allimi_publishedrecordarea, allimi_areacount, allimi_disclosurequeue,"
                " allimi_publishedfile"
            )

    def fill(self, size: int) -> None:
        """Make records until there are `size` of them."""
        firms = max(FEWEST_FIRMS, size * FIRMS // 100_000)
        projects = max(FEWEST_PROJECTS, size * PROJECTS // 100_000)
        shares = {
            "projects": projects,
            "reports": FULL_REPORTS,
            "full": FULL_PROJECTS * FULL_REPORTS,
        }
        self._add("organization", "organization", [FIRM_ROWS], firms, {})
        self._add("project", "project", [PROJECT_ROWS, AREA_ROWS], projects, {"firms": firms})
        self._add("daily_report", "report", [REPORT_ROWS], size - firms - projects, shares)
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def _add(
        self, kind: str, name: str, statements: list[str], wanted: int, extra: dict[str, Any]
    ) -> None:
        for first in range(self._made[kind] + 1, wanted + 1, STEP):
            numbers = {"first": first, "last": min(first + STEP - 1, wanted), **extra}
            with connections["owner"].cursor() as cursor:
                for statement in [*statements, VERSION_ROWS]:
                    cursor.execute(statement, {**numbers, "kind": kind, "name": name})
        self._made[kind] = max(self._made[kind], wanted)

    def busy_project(self) -> UUID:
        """Return the identity of any project with a full list of reports."""
        everyone = self._made["daily_report"] >= FULL_REPORTS * self._made["project"]
        return self._identity("project", self._made["project"] if everyone else FULL_PROJECTS)

    def one(self, name: str, kind: str) -> UUID:
        """Return the identity of any record of this kind."""
        return self._identity(name, max(1, self._made[kind] - 1))

    def _identity(self, name: str, most: int) -> UUID:
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT bench_id(%s, %s)", [name, random.randint(1, most)])
            return cursor.fetchone()[0]


def _addresses(filler: Filler) -> dict[str, Callable[[], str]]:
    """Return, for each kind of page, what gives the address of one of them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT code, level FROM ccs_area WHERE level < 2")
        areas = cursor.fetchall()
    root = next(code for code, level in areas if level == 0)
    districts = [code for code, level in areas if level == 1]
    number = random.randrange
    return {
        "start page": lambda: f"/ko/?x={number(10**9)}",
        "area, district": lambda: f"/ko/areas/{random.choice(districts)}/?x={number(10**9)}",
        "area, city": lambda: f"/ko/areas/{root}/?x={number(10**9)}",
        "area, by type": lambda: f"/ko/areas/{root}/?type=park&x={number(10**9)}",
        "area, by status": lambda: f"/ko/areas/{root}/?status=suspended&x={number(10**9)}",
        "area, by type and status": lambda: (
            f"/ko/areas/{root}/?type=water&status=ended&x={number(10**9)}"
        ),
        "all projects": lambda: f"/ko/projects/?x={number(10**9)}",
        "all projects, deep": lambda: f"/ko/projects/?after={filler.one('project', 'project')}",
        "by type": lambda: f"/ko/projects/?type=park&x={number(10**9)}",
        "by status": lambda: f"/ko/projects/?status=suspended&x={number(10**9)}",
        "by status of several states": lambda: f"/ko/projects/?status=ongoing&x={number(10**9)}",
        "by type and status": lambda: f"/ko/projects/?type=water&status=ended&x={number(10**9)}",
        "by ordering body": lambda: (
            f"/ko/projects/?body={filler.one('organization', 'organization')}"
        ),
        "by firm": lambda: f"/ko/projects/?firm={filler.one('organization', 'organization')}",
        "by firm's name": lambda: f"/ko/projects/?firm=기관 {number(10, 60)} 건설",
        "by amount": lambda: (
            f"/ko/projects/?amount_from={(low := number(10**7, 10**8) * 500)}"
            f"&amount_to={low + 3 * 10**10}"
        ),
        "by dates": lambda: (
            f"/ko/projects/?date_from=2026-0{number(1, 9)}-01&date_to=2026-10-{number(10, 28)}"
        ),
        "text, two syllables": lambda: f"/ko/projects/?q=정비&x={number(10**9)}",
        "text, one project": lambda: f"/ko/projects/?q=K0000{number(100, 190)}",
        "text, several words": lambda: f"/ko/projects/?q=도로 K00001{number(10)}",
        "text, nothing": lambda: f"/ko/projects/?q=없는말{number(10**6)}",
        "near a point, 5 km": lambda: (
            f"/ko/near/?lat=37.{number(51, 59)}&lon=126.{number(88, 97)}&radius=5"
        ),
        "project": lambda: f"/ko/projects/{filler.busy_project()}/",
        "reports of a project": lambda: f"/ko/projects/{filler.busy_project()}/reports/",
        "daily report": lambda: f"/ko/reports/{filler.one('report', 'daily_report')}/",
    }


def _measure(application: Portal, address: Callable[[], str]) -> tuple[float, float]:
    """Return the medians of processor time and of time on the clock in seconds."""
    spent, waited = [], []
    for number in range(SAMPLES + 3):
        target = address()
        cache.forget()
        started = time.perf_counter()
        cost = application.cost(lambda at=target: _answered(application, at), 1, lambda: None)
        if number >= 3:
            spent.append(cost.python + cost.database)
            waited.append(time.perf_counter() - started)
    return median(spent), median(waited)


def _answered(application: Portal, address: str) -> None:
    status, _headers, _body = application.ask(address)
    assert status == 200, (status, address)


def main() -> None:
    """Fill, measure and print."""
    random.seed(20261122)
    collect_if_changed()
    make_seoul(projects=20, reports=40)
    filler = Filler()
    results: dict[str, list[tuple[float, float]]] = {}
    with portal() as application:
        for size in SIZES:
            started = time.perf_counter()
            filler.fill(size)
            say(f"-- {size:,} records (filled in {time.perf_counter() - started:.0f} s)")
            for name, address in _addresses(filler).items():
                results.setdefault(name, []).append(_measure(application, address))
                spent, waited = results[name][-1]
                say(f"{name}: {spent * 1000:.1f} ms of processor, {waited * 1000:.1f} ms")
    if len(SIZES) > 1:
        say(f"-- {SIZES[-1]:,} ÷ {SIZES[0]:,} records (target ≤ 1.5)")
        for name, measured in results.items():
            (first, first_clock), (last, last_clock) = measured[0], measured[-1]
            say(f"{name}: {last / first:.2f}  (on the clock {last_clock / first_clock:.2f})")


if __name__ == "__main__":
    main()
