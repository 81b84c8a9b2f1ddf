"""An invented city of any size for measuring, made by set-based SQL with all triggers on."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccs.settings")
django.setup()

from django.db import connections, transaction

BASE = """
INSERT INTO ccs_area (id, kind, code, names, derived_names, path, level, map_path)
VALUES (1, 'city', '11', '{"ko": "서울", "en": "Seoul"}', '[]', '{1}', 0, '');
INSERT INTO ccs_area (id, kind, code, names, derived_names, path, level, parent_id, map_path)
SELECT 1 + i, 'district', '11' || lpad(i::text, 3, '0'),
       jsonb_build_object('ko', i || '구', 'en', 'District ' || i), '[]', ARRAY[1, 1 + i], 1, 1, ''
FROM generate_series(1, 25) i;
INSERT INTO ccs_organization (id, public_id, kind, name, name_en, registration_scheme,
    registration_number, office_phone, address, is_active, import_key, created_at)
SELECT i, gen_random_uuid(), CASE WHEN i <= 25 THEN 'ordering_body' ELSE 'contractor' END,
       '기관 ' || i, '', '', '', '', '', TRUE, '', now()
FROM generate_series(1, 60) i;
INSERT INTO ccs_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,
    is_active, date_joined, name, department, position, office_phone, mobile, language, office_role)
SELECT i, '!', FALSE, 'user' || i, '', '', '', FALSE, TRUE, now(), '사람 ' || i, '', '', '', '',
       '', '' FROM generate_series(1, 3) i;
"""

PROJECTS = """
INSERT INTO pmis_project (id, public_id, code, procurement_number, name, name_en, derived_names,
    work_type, description, purpose, state, mode, mode_reason, ordering_body_id,
    managing_department, site_address, longitude, latitude, location_check, start_date,
    original_completion_date, planned_completion_date, currency, original_cost_amount,
    total_cost_amount, internal_risk_rating, on_watch_list, is_invented, is_training, sources,
    import_key, registered_at, created_at, updated_at)
SELECT i, gen_random_uuid(), 'P-' || i, '', '도로 정비 공사 ' || i, 'Road works ' || i, '[]',
       (ARRAY['road', 'water', 'park', 'public_building', 'urban_rail'])[1 + i %% 5], '설명', '',
       (ARRAY['ongoing', 'completed', 'planned', 'suspended'])[1 + i %% 4], 'long_term', '',
       1 + i %% 25, '', '', 126.8 + (i %% 300) / 1000.0, 37.45 + (i %% 200) / 1000.0, 'inside',
       date '2026-01-01' - (i %% 900), date '2027-01-01', date '2027-03-01', 'KRW', 1000000 * i,
       1000000 * i, '', FALSE, TRUE, FALSE, '[]', '', now(), now(), now()
FROM generate_series(1, %(projects)s) i;
INSERT INTO pmis_projectarea (project_id, area_id)
SELECT i, 2 + i %% 25 FROM generate_series(1, %(projects)s) i;
INSERT INTO pmis_participant (public_id, project_id, role, organization_id, user_id, name, position,
    department, office_phone, qualification_grade, valid_from, mobile, email, licence_number)
SELECT gen_random_uuid(), p, (ARRAY['officer', 'supervisor', 'site_agent'])[u], 1 + p %% 25, u,
       '사람 ' || u, '', '', '02-1234-5678', '', date '2025-01-01', '010-1111-2222', '', ''
FROM generate_series(1, %(projects)s) p, generate_series(1, 3) u;
"""

REPORTS = """
INSERT INTO pmis_dailyreport (id, public_id, project_id, version_no, reason, number, state,
    author_id, created_at, updated_at, submitted_at, revision, date, weather_am, weather_pm,
    is_non_working_day, non_working_reason, work_summary, tomorrow_summary, inspections_requested,
    inspections_passed, tests_done, toolbox_held, toolbox_topic, hazards, safety_patrol,
    had_accident, accident_note, dust_note, waste_note, instructions_received, special_notes,
    resident_notice, internal_remarks, worker_names, is_late, planned_rate, actual_rate,
    approved_by_timeout, unreviewed_by)
SELECT i, gen_random_uuid(), 1 + i %% %(projects)s, 1, '', 1 + i / %(projects)s, 'confirmed', 3,
       now(), now(), now(), 1, date '2026-11-20' - (i / %(projects)s)::int, 'clear', 'rain', FALSE,
       '', '교면포장과 배수로 정비 ' || i, '내일 계속', 2, 1, '', TRUE, '추락 예방', '개구부', '',
       FALSE, '', '', '', '', '', '차로 통제 09:00-18:00, 문의 02-2133-1234', '내부', '홍길동',
       FALSE,       12.34, 11.90, FALSE, ''
FROM generate_series(%(first)s, %(last)s) i;
INSERT INTO pmis_workline (report_id, "order", activity, location, quantity, unit)
SELECT i, l, '공종 ' || l, '구간 ' || l, l * 1.5, 'm2'
FROM generate_series(%(first)s, %(last)s) i, generate_series(1, 3) l;
INSERT INTO pmis_workforceline (report_id, "order", trade, count, foreign_count, difference_reason)
SELECT i, l, '직종 ' || l, l + 2, 0, ''
FROM generate_series(%(first)s, %(last)s) i, generate_series(1, 3) l;
INSERT INTO pmis_equipmentline (report_id, "order", type, size, count,
    owner_registration_number, plate)
SELECT i, l, '굴착기', '0.6', 1, '123-45-67890', '12가3456'
FROM generate_series(%(first)s, %(last)s) i, generate_series(1, 2) l;
UPDATE pmis_dailyreport SET state = 'approved', approved_at = now()
WHERE id BETWEEN %(first)s AND %(last)s;
"""


def make_city(*, projects: int, reports: int) -> None:
    """Make `projects` projects with `reports` approved reports of eight lines in all."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(BASE)
        cursor.execute(PROJECTS, {"projects": projects})
        for first in range(0, reports, 10_000):
            with transaction.atomic(using="owner"):
                cursor.execute(
                    REPORTS,
                    {
                        "projects": projects,
                        "first": first,
                        "last": min(first + 10_000, reports) - 1,
                    },
                )
        for table in ("pmis_dailyreport", "pmis_project", "ccs_user", "ccs_organization"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT max(id) + 1 FROM {table}))"
            )
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def seconds(work: Callable[[], Any]) -> float:
    """Return how long `work` takes, in seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def argument(position: int, default: int) -> int:
    """Return a number given on the command line."""
    return int(sys.argv[position]) if len(sys.argv) > position else default


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)
