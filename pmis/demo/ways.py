"""The way of any record of the demonstration: its approval and its steps in the log."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from pmis.demo.dice import dice, public_id
from pmis.demo.events import Named, log
from pmis.demo.people import Team
from pmis.demo.store import Store
from pmis.models import Approval
from pmis.roles import Role
from pmis.workflows import WORKFLOWS


class Step(NamedTuple):
    """One step that was taken."""

    action: str
    role: Role
    moment: datetime.datetime
    comment: str = ""


def walk(
    store: Store,
    *,
    project_id: int,
    record: Named,
    title: str,
    team: Team,
    steps: Sequence[Step],
) -> tuple[str, datetime.datetime | None]:
    """Collect approval and log of a version; return its state and when it came into force.

    Each step is looked up in the workflow of the record type, so no way is invented that the
    table does not know.
    """
    rows = WORKFLOWS[record[0]]
    state, approval, approved, place = "draft", None, None, 0
    line = rows.steps()
    submitted = [step for step in steps if step.action == "submit"]
    if submitted and line:
        approval = _open(store, project_id, record, title, team, submitted[-1])
    for step in steps:
        row = rows.transition(step.action, state=state)
        log(
            store,
            project_id=project_id,
            record=record,
            action=step.action,
            change=(state, str(row.to)),
            by=(team.people[step.role].id, str(step.role)),
            moment=step.moment,
            comment=step.comment,
            approval=approval,
            step=place if row.is_step else None,
        )
        state = str(row.to)
        if row.is_step:
            place += 1
            if place == len(line):
                approved = step.moment
        if approval is not None:
            _follow(store, place, len(line), line, step, state)
    return state, approved


def _open(store: Store, project_id: int, record: Named, title: str, team: Team, step: Step) -> int:
    line = WORKFLOWS[record[0]].steps()
    steps = [
        {"action": row.step_name, "role": str(row.roles[0]), "mode": "serial", "quorum": 1}
        for row in line
    ]
    return store[Approval].add(
        public_id=public_id(step.moment, dice("approval", *record, step.moment)),
        project_id=project_id,
        record_type=record[0],
        record_public_id=record[1],
        version_no=record[2],
        title=title[:300],
        state="in_review",
        drafter_id=team.people[step.role].id,
        drafter_role=str(step.role),
        steps=steps,
        approver_roles=[row["role"] for row in steps],
        current_step=0,
        current_action=steps[0]["action"],
        current_role=steps[0]["role"],
        submitted_at=step.moment,
    )


def _follow(store: Store, place: int, length: int, line: Sequence, step: Step, state: str) -> None:
    """Move the newest approval along with a step."""
    row = store[Approval].rows[-1]
    ends = {"returned": "returned", "rejected": "rejected"}
    if row["state"] != "in_review":
        return
    if state in ends or place == length:
        row["state"] = ends.get(state, "approved")
        row["decided_at"] = step.moment
        row["current_action"] = row["current_role"] = ""
        if place == length:
            row["processing_days"] = (step.moment - row["submitted_at"]).days
            row["current_step"] = length
        return
    row["current_step"] = place
    row["current_action"] = line[place].step_name
    row["current_role"] = str(line[place].roles[0])
