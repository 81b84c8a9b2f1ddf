"""Print the workflow tables as Markdown: `docs/workflows.md` is this output."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import override

from ccs.lib.workflow import Transition, Workflow
from pmis.models import Contract, Project, RecordState, Subcontract
from pmis.roles import Role
from pmis.workflows import WORKFLOWS, WRITERS

#: States of subjects without an approval line; all others have those of a record.
STATES: dict[str, Any] = {
    "project": Project.State,
    "contract": Contract.State,
    "subcontract": Subcontract.State,
}
HEAD = """# Workflows

Printed from the code (`pmis/workflows/`) by `./run manage workflows`; a test compares.
Pages, API, admin and services ask the same tables. *Step*: a named step of the approval line,
whose role an ordering body may change by rows of `ApprovalStep`. *Four eyes*: whoever wrote the
record, or sent it in, may not take the action. *Reason*: must be given and is kept.
"""


def markdown() -> str:
    """Return all workflow tables as Markdown, in English."""
    with override("en"):
        return "\n".join([HEAD, *(_section(workflow) for workflow in WORKFLOWS.values())])


def _section(workflow: Workflow) -> str:
    states = STATES.get(workflow.record_type, RecordState)
    lines = [f"## {workflow.record_type}", ""]
    if writers := WRITERS.get(workflow.record_type):
        lines += [f"Written by: {', '.join(str(role.label) for role in writers)}.", ""]
    lines += [
        "| Action | From | To | Role | Step | Four eyes | Reason |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_row(row) for row in workflow),
        "",
        "| State | Shown as |",
        "| --- | --- |",
        *(f"| {state.value} | {state.label} |" for state in states),
        "",
    ]
    return "\n".join(lines)


def _row(row: Transition) -> str:
    cells = (
        row.action,
        ", ".join(str(state) for state in row.from_),
        str(row.to),
        ", ".join(str(Role(role).label) for role in row.roles),
        _mark(row.is_step),
        _mark(row.is_decision),
        _mark(row.needs_reason),
    )
    return f"| {' | '.join(cells)} |"


def _mark(claim: bool) -> str:
    return "yes" if claim else ""


class Command(BaseCommand):
    """Print the workflow tables."""

    help = "Print the workflow tables as Markdown."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        self.stdout.write(markdown(), ending="")
