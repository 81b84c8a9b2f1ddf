"""The lives of safety records (domain C.6)."""

from ccs.lib.workflow import Transition, Workflow
from pmis.models import RecordState
from pmis.roles import Role
from pmis.workflows.lines import approval_line, approve, confirm

State = RecordState
SITE = (Role.SITE_AGENT, Role.ENGINEER)
WATCH = (Role.SUPERVISOR, Role.INSPECTOR, Role.OFFICER)
EVERYONE_ON_SITE = (*WATCH, *SITE)

#: Domain C.6: open, assigned, done, verified; stopped until the stop is lifted; reopened when
#: what was done does not hold. Whoever finds a hazard opens it at once: nobody is asked first.
SAFETY_FINDING = Workflow(
    "safety_finding",
    Transition("open", from_=(State.DRAFT,), to=State.OPEN, roles=EVERYONE_ON_SITE),
    Transition("assign_action", from_=(State.DRAFT,), to=State.ASSIGNED, roles=EVERYONE_ON_SITE),
    Transition(
        "assign_action",
        from_=(State.OPEN, State.ASSIGNED),
        to=State.ASSIGNED,
        roles=EVERYONE_ON_SITE,
        fills=("organization", "owner", "due_date"),
        needs=("organization", "due_date"),
    ),
    Transition(
        "done",
        from_=(State.ASSIGNED,),
        to=State.DONE,
        roles=(*SITE, Role.SUBCONTRACTOR),
        fills=("action_note",),
        needs=("action_note",),
        adds_lines=("action_photos", "action_files"),
    ),
    Transition(
        "done",
        from_=(State.STOPPED,),
        to=State.STOPPED,
        roles=(*SITE, Role.SUBCONTRACTOR),
        fills=("action_note",),
        needs=("action_note",),
        adds_lines=("action_photos", "action_files"),
    ),
    Transition(
        "verify",
        from_=(State.DONE, State.RELEASED),
        to=State.CLOSED,
        roles=WATCH,
        fills=("verification_note",),
    ),
    Transition(
        "reopen",
        from_=(State.DONE, State.RELEASED, State.CLOSED),
        to=State.ASSIGNED,
        roles=WATCH,
        needs_reason=True,
        fills=("organization", "due_date"),
        needs=("organization", "due_date"),
    ),
    Transition(
        "stop",
        from_=(State.OPEN, State.ASSIGNED, State.DONE),
        to=State.STOPPED,
        roles=WATCH,
        fills=("stop_scope",),
        needs=("stop_scope",),
    ),
    Transition(
        "lift_stop",
        from_=(State.STOPPED,),
        to=State.RELEASED,
        roles=(Role.SUPERVISOR, Role.OFFICER),
        fills=("lift_note",),
        needs=("lift_note",),
    ),
)

#: A round is written by whoever makes it; somebody else looks at it.
SAFETY_CHECKLIST = Workflow(
    "safety_checklist", *approval_line((*SITE, *WATCH[:2]), approve(*WATCH))
)

RISK_ASSESSMENT = Workflow(
    "risk_assessment",
    *approval_line(SITE[:1], approve(*WATCH[:2])),
    Transition(
        "close",
        from_=(State.APPROVED,),
        to=State.CLOSED,
        roles=WATCH[:2],
        fills=("measures_checked_date", "measures_note"),
        needs=("measures_checked_date",),
    ),
)

#: Construction Technology Promotion Act, art. 62: the supervisor reviews, the ordering body
#: approves.
SAFETY_PLAN = Workflow(
    "safety_plan",
    *approval_line(SITE[:1], confirm(Role.SUPERVISOR), approve(Role.OFFICER)),
)

#: The supervisor looks at the vouchers of the month.
SAFETY_COST = Workflow("safety_cost", *approval_line(SITE[:1], approve(*WATCH[:2])))

SAFETY_ACTIVITY = Workflow(
    "safety_activity",
    Transition("report", from_=(State.DRAFT,), to=State.REPORTED, roles=EVERYONE_ON_SITE),
)

#: Nobody works before the supervisor has given the permit; the site closes it afterwards.
WORK_PERMIT = Workflow(
    "work_permit",
    *approval_line(SITE, approve(*WATCH[:2])),
    Transition(
        "close",
        from_=(State.APPROVED,),
        to=State.CLOSED,
        roles=(*SITE, *WATCH[:2]),
        fills=("closing_note",),
        needs=("closing_note",),
    ),
    Transition(
        "revoke",
        from_=(State.APPROVED,),
        to=State.REVOKED,
        roles=WATCH[:2],
        needs_reason=True,
    ),
)

#: Domain C.6. The report goes out at once; victims and witnesses stay inside.
ACCIDENT = Workflow(
    "accident",
    Transition("report", from_=(State.DRAFT,), to=State.REPORTED, roles=EVERYONE_ON_SITE),
    *(
        Transition(
            "notice",
            from_=(state,),
            to=state,
            roles=EVERYONE_ON_SITE,
            fills=("authority", "authority_reported_at"),
            needs=("authority", "authority_reported_at"),
        )
        for state in (State.REPORTED, State.INVESTIGATING, State.MEASURES)
    ),
    Transition(
        "investigate",
        from_=(State.REPORTED, State.INVESTIGATING),
        to=State.INVESTIGATING,
        roles=WATCH,
        fills=("preliminary_cause", "victim_details", "witness_statements"),
    ),
    Transition(
        "conclude",
        from_=(State.INVESTIGATING,),
        to=State.MEASURES,
        roles=WATCH,
        fills=("cause", "prevention_measure"),
        needs=("cause", "prevention_measure"),
    ),
    Transition(
        "close",
        from_=(State.MEASURES,),
        to=State.CLOSED,
        roles=(Role.SUPERVISOR, Role.OFFICER),
        fills=("prevention_measure", "resumed_at"),
        needs=("prevention_measure",),
    ),
)

WORKFLOWS = (
    SAFETY_FINDING,
    SAFETY_CHECKLIST,
    RISK_ASSESSMENT,
    SAFETY_PLAN,
    SAFETY_COST,
    SAFETY_ACTIVITY,
    WORK_PERMIT,
    ACCIDENT,
)

WRITERS = {
    "safety_finding": EVERYONE_ON_SITE,
    "safety_checklist": (*SITE, *WATCH[:2]),
    "risk_assessment": SITE,
    "safety_plan": SITE,
    "safety_cost": SITE,
    "safety_activity": EVERYONE_ON_SITE,
    "work_permit": SITE,
    "accident": EVERYONE_ON_SITE,
}
