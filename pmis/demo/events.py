"""Approvals and the log of steps, as the approval engine would have written them."""

from __future__ import annotations

import datetime
from typing import TypeAlias
from uuid import UUID

from pmis.demo.dice import dice, public_id
from pmis.demo.people import Team
from pmis.demo.store import Store
from pmis.models import Approval, ApprovalEvent
from pmis.roles import SYSTEM, Role

#: Record type, public id and version.
Named: TypeAlias = tuple[str, UUID, int]
Moment: TypeAlias = datetime.datetime | None

STEPS = [
    {"action": "confirm", "role": str(Role.SUPERVISOR), "mode": "serial", "quorum": 1},
    {"action": "approve", "role": str(Role.OFFICER), "mode": "serial", "quorum": 1},
]
ROLES = [step["role"] for step in STEPS]


def log(
    store: Store,
    *,
    project_id: int,
    record: Named,
    action: str,
    change: tuple[str, str],
    by: tuple[int | None, str],
    moment: datetime.datetime,
    comment: str = "",
    approval: int | None = None,
    step: int | None = None,
) -> None:
    """Collect one line of the log."""
    store[ApprovalEvent].add(
        approval_id=approval,
        project_id=project_id,
        record_type=record[0],
        record_public_id=record[1],
        version_no=record[2],
        step=step,
        action=action,
        from_state=change[0],
        to_state=change[1],
        by_id=by[0],
        role=by[1],
        at=moment,
        comment=comment,
    )


def log_approval(
    store: Store,
    *,
    project_id: int,
    record: Named,
    title: str,
    team: Team,
    moments: tuple[datetime.datetime, Moment, Moment],
    returned: tuple[datetime.datetime, str] | None = None,
    by_timeout: bool = False,
) -> None:
    """Collect the way of one version: submitted, confirmed, approved at these moments.

    With None it waits there. `returned` (moment, reason) ends it instead; `by_timeout` lets the
    system take the remaining steps.
    """
    submitted, confirmed, approved = moments
    step = 2 if approved else 1 if confirmed else 0
    is_open = approved is None and returned is None
    ended = returned[0] if returned else approved
    approval = store[Approval].add(
        public_id=public_id(submitted, dice("approval", *record, submitted)),
        project_id=project_id,
        record_type=record[0],
        record_public_id=record[1],
        version_no=record[2],
        title=title,
        state="in_review" if is_open else "returned" if returned else "approved",
        drafter_id=team.people[Role.SITE_AGENT].id,
        drafter_role=str(Role.SITE_AGENT),
        steps=STEPS,
        approver_roles=ROLES,
        current_step=step,
        current_action=STEPS[step]["action"] if is_open else "",
        current_role=STEPS[step]["role"] if is_open else "",
        submitted_at=submitted,
        decided_at=ended,
        processing_days=(ended - submitted).days if ended else None,
        is_by_timeout=by_timeout,
    )

    def took(role: Role, action: str, change: tuple[str, str], moment: datetime.datetime,
             step: int | None = None, comment: str = "") -> None:  # fmt: skip
        by_system = by_timeout and action == "approve"
        actor = (None, SYSTEM) if by_system else (team.people[role].id, str(role))
        log(store, project_id=project_id, record=record, action=action, change=change, by=actor,
            moment=moment, comment=comment, approval=approval, step=step)  # fmt: skip

    took(Role.SITE_AGENT, "submit", ("draft", "submitted"), submitted)
    state = "submitted"
    if confirmed:
        took(Role.SUPERVISOR, "confirm", (state, "confirmed"), confirmed, 0)
        state = "confirmed"
    if returned:
        who = Role.OFFICER if confirmed else Role.SUPERVISOR
        took(who, "return", (state, "returned"), returned[0], comment=returned[1])
    elif approved:
        took(Role.OFFICER, "approve", (state, "approved"), approved, 1)
