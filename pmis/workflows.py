"""The workflow of every record type: one row per step, as the manual prints it.

Services, pages, API, admin and tests all ask these tables; nothing compares states by hand.
"""

from ccs.lib.workflow import Transition, Workflow
from pmis.models import Contract, Project, RecordState, Subcontract
from pmis.roles import Role

State = RecordState

#: What every record with the usual line shares (domain C.1): confirm and approve are its steps.
_RECORD_LINE = (
    Transition(
        "submit",
        from_=(State.DRAFT, State.RETURNED),
        to=State.SUBMITTED,
        roles=(Role.SITE_AGENT,),
    ),
    Transition("recall", from_=(State.SUBMITTED,), to=State.DRAFT, roles=(Role.SITE_AGENT,)),
    Transition(
        "confirm",
        from_=(State.SUBMITTED, State.CONFIRMED),
        to=State.CONFIRMED,
        roles=(Role.SUPERVISOR,),
        is_decision=True,
        is_step=True,
    ),
    Transition(
        "approve",
        from_=(State.SUBMITTED, State.CONFIRMED),
        to=State.APPROVED,
        roles=(Role.OFFICER,),
        is_decision=True,
        is_step=True,
    ),
    Transition(
        "return",
        from_=(State.SUBMITTED, State.CONFIRMED),
        to=State.RETURNED,
        roles=(Role.SUPERVISOR, Role.OFFICER),
        needs_reason=True,
        is_decision=True,
    ),
)

#: Domain C.2. The time-out takes the remaining steps with the actor "system".
DAILY_REPORT = Workflow("daily_report", *_RECORD_LINE)

#: Domain 2.2, stage 2: the plan is approved by the ordering body, then registered.
SCHEDULE = Workflow("schedule", *_RECORD_LINE)

_P = Project.State
#: Domain C.8.
PROJECT = Workflow(
    "project",
    Transition("register", from_=(_P.DRAFT,), to=_P.PLANNED, roles=(Role.OFFICER,)),
    Transition("contract", from_=(_P.PLANNED,), to=_P.CONTRACTED, roles=(Role.OFFICER,)),
    Transition("commence", from_=(_P.CONTRACTED,), to=_P.COMMENCED, roles=(Role.OFFICER,)),
    Transition("progress", from_=(_P.COMMENCED,), to=_P.ONGOING, roles=(Role.OFFICER,)),
    Transition(
        "suspend",
        from_=(_P.COMMENCED, _P.ONGOING),
        to=_P.SUSPENDED,
        roles=(Role.OFFICER,),
        needs_reason=True,
    ),
    Transition("resume", from_=(_P.SUSPENDED,), to=_P.ONGOING, roles=(Role.OFFICER,)),
    Transition("inspect", from_=(_P.ONGOING,), to=_P.COMPLETION_INSPECTION, roles=(Role.OFFICER,)),
    Transition(
        "complete", from_=(_P.COMPLETION_INSPECTION,), to=_P.COMPLETED, roles=(Role.OFFICER,)
    ),
    Transition("hand_over", from_=(_P.COMPLETED,), to=_P.DEFECT_PERIOD, roles=(Role.OFFICER,)),
    Transition("close", from_=(_P.DEFECT_PERIOD,), to=_P.CLOSED, roles=(Role.OFFICER,)),
    Transition(
        "terminate",
        from_=(_P.CONTRACTED, _P.COMMENCED, _P.ONGOING, _P.SUSPENDED),
        to=_P.TERMINATED,
        roles=(Role.OFFICER,),
        needs_reason=True,
    ),
)

_C = Contract.State
CONTRACT = Workflow(
    "contract",
    Transition(
        "sign", from_=(_C.DRAFT,), to=_C.SIGNED, roles=(Role.OFFICER, Role.ACCOUNTING_OFFICER)
    ),
    Transition("complete", from_=(_C.SIGNED,), to=_C.COMPLETED, roles=(Role.OFFICER,)),
    Transition(
        "terminate",
        from_=(_C.SIGNED,),
        to=_C.TERMINATED,
        roles=(Role.OFFICER,),
        needs_reason=True,
    ),
)

_S = Subcontract.State
SUBCONTRACT = Workflow(
    "subcontract",
    Transition("notify", from_=(_S.DRAFT, _S.RETURNED), to=_S.NOTIFIED, roles=(Role.SITE_AGENT,)),
    Transition(
        "return",
        from_=(_S.NOTIFIED,),
        to=_S.RETURNED,
        roles=(Role.SUPERVISOR, Role.OFFICER),
        needs_reason=True,
        is_decision=True,
    ),
    Transition(
        "approve",
        from_=(_S.NOTIFIED,),
        to=_S.APPROVED,
        roles=(Role.OFFICER,),
        is_decision=True,
    ),
    Transition("complete", from_=(_S.APPROVED,), to=_S.COMPLETED, roles=(Role.OFFICER,)),
    Transition(
        "terminate",
        from_=(_S.APPROVED,),
        to=_S.TERMINATED,
        roles=(Role.OFFICER,),
        needs_reason=True,
    ),
)

WORKFLOWS = {
    workflow.record_type: workflow
    for workflow in (DAILY_REPORT, SCHEDULE, PROJECT, CONTRACT, SUBCONTRACT)
}

#: Who writes the versions of a record type, before anyone decides on them.
WRITERS: dict[str, tuple[Role, ...]] = {
    "daily_report": (Role.SITE_AGENT, Role.ENGINEER),
    "schedule": (Role.SITE_AGENT, Role.ENGINEER),
}
