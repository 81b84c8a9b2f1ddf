"""Public records of inspections, materials, tests, logs, reports and documents, by type."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from pmis.models import Record, RecordState
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.records import save_record
from tests.factories.documents import (
    DOCUMENT_LINE,
    DRAWING_LINE,
    approved,
    camera,
    document,
    drawing,
)
from tests.factories.pmis import Site
from tests.factories.quality import inspection, material, non_conformance, plan, quality_test

DAY = datetime.date(2026, 11, 16)
COUNTS = [{"name": "보통인부", "days": 5}]
WORK = [{"activity": "아스콘 포장", "unit": "m2", "quantity": 100}]


def _approved(site: Site, kind: str, key: str, roles: tuple[Role, Role], **content: Any) -> Record:
    """Return a record written by the first role and approved by the second."""
    writer, decider = site[roles[0]], site[roles[1]]
    record = REGISTRY[kind].opened(site.project, key, writer)
    lines = {name: rows for name, rows in content.items() if isinstance(rows, list)}
    fields = {name: value for name, value in content.items() if name not in lines}
    record = save_record(record=record, fields=fields, lines=lines, by=writer)
    record = perform(subject=record, action="submit", by=writer)
    return perform(subject=record, action="approve", by=decider)


def _log(site: Site) -> Record:
    on_duty = site.project.participants.get(role=Role.SUPERVISOR)
    return _approved(
        site,
        "supervision_log",
        DAY.isoformat(),
        (Role.INSPECTOR, Role.OFFICER),
        instructions="다짐 재시험",
        duty_lines=[{"participant": on_duty, "hours": 8}],
        work_lines=[{"discipline": "토목", "work": "포장"}],
    )


def _week(site: Site) -> Record:
    roles = (Role.SITE_AGENT, Role.SUPERVISOR)
    return _approved(site, "weekly_report", "2026-W47", roles, summary="포장", work_lines=WORK,
                     workforce_lines=COUNTS, equipment_lines=COUNTS)  # fmt: skip


def _month(site: Site) -> Record:
    roles = (Role.SUPERVISOR, Role.OFFICER)
    return _approved(site, "monthly_report", "2026-10", roles, summary="포장", work_lines=WORK,
                     workforce_lines=COUNTS, equipment_lines=COUNTS)  # fmt: skip


#: By type: one public record of a site that has people in every role.
REPORT_RECORDS: dict[str, Callable[[Site], Any]] = {
    "supervision_log": _log,
    "weekly_report": _week,
    "monthly_report": _month,
    "inspection_request": lambda site: inspection(site, RecordState.PASSED),
    "material_approval": lambda site: material(site, RecordState.APPROVED),
    "quality_plan": plan,
    "quality_test": lambda site: quality_test(site, RecordState.PASSED),
    "non_conformance": non_conformance,
    "drawing": lambda site: approved(
        site, drawing(site, recipient=site.firms["contractor"]), *DRAWING_LINE
    ),
    "filed_document": lambda site: approved(site, document(site), *DOCUMENT_LINE),
    "camera": lambda site: approved(site, camera(site), ("approve", Role.OFFICER)),
}
