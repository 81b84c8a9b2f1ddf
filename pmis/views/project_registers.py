"""All registers of a project on one page, by part of the work, and what is open in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pmis.models import IN_FORCE, IN_WORK, Project, RecordState
from pmis.records import RecordType, types
from pmis.records.types import Group
from pmis.services.roles import roles_of
from pmis.views.common import WorkView, visible_project
from pmis.workflows import WORKFLOWS, WRITERS

#: States in force in which somebody still has to do something.
ENDED_WELL = frozenset(
    {
        RecordState.APPROVED,
        RecordState.PASSED,
        RecordState.CLOSED,
        RecordState.FINAL,
        RecordState.SETTLED,
        RecordState.ANNULLED,
        RecordState.REVOKED,
        RecordState.RELEASED,
    }
)


@dataclass(frozen=True)
class RegisterRow:
    """One register of a project."""

    entry: RecordType
    url: str
    begin_url: str
    total: int
    #: Waiting for a decision.
    waiting: int
    #: Decided, and somebody still has to answer, repair or close.
    live: int


def register_rows(project: Project, user: Any) -> dict[Group, list[RegisterRow]]:
    """Return the registers of a project by part of the menu, with their counts in one query."""
    entries, roles = list(types()), set(roles_of(user, project))
    counts = _counts(entries, project, user)
    found: dict[Group, list[RegisterRow]] = {}
    for entry in entries:
        may_write = bool(set(WRITERS[entry.record_type]) & roles)
        by_state = counts.get(entry.record_type, {})
        begin = f"pmis:{entry.name}-begin"
        row = RegisterRow(
            entry=entry,
            url=reverse(f"pmis:{entry.name}-of-project", args=[project.public_id]),
            begin_url=reverse(begin, args=[project.public_id]) if may_write else "",
            total=sum(by_state.values()),
            waiting=sum(by_state.get(state, 0) for state in IN_WORK if state != "draft"),
            live=sum(by_state.get(state, 0) for state in _live_states(entry)),
        )
        found.setdefault(entry.group, []).append(row)
    return found


def _live_states(entry: RecordType) -> set[str]:
    """Return the states in force from which the workflow still goes on."""
    rows = WORKFLOWS[entry.record_type]
    origins = {state for row in rows for state in row.from_}
    return {state for state in IN_FORCE if state in origins and state not in ENDED_WELL}


def _counts(entries: list[RecordType], project: Project, user: Any) -> dict[str, dict[str, int]]:
    """Return the number of records by type and state, in one query over all their tables."""
    parts = [
        entry.visible_to(user)
        .latest_versions()
        .filter(project=project)
        .order_by()
        .values("state")
        .annotate(
            of_type=models.Value(entry.record_type, models.CharField()), rows=models.Count("pk")
        )
        .values_list("of_type", "state", "rows")
        for entry in entries
    ]
    counts: dict[str, dict[str, int]] = {}
    for record_type, state, rows in parts[0].union(*parts[1:], all=True):
        counts.setdefault(record_type, {})[state] = rows
    return counts


class RegistersView(WorkView):
    """The registers of a project."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show all registers with what is open in them."""
        project = visible_project(request, project_id)
        context = {
            "project": project,
            "tab": "registers",
            "nav": "projects",
            "groups": register_rows(project, request.user).items(),
        }
        return render(request, "pmis/projects/registers.html", context)
