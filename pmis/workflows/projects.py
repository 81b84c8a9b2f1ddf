"""The lives of projects, contracts and subcontracts (domain C.8)."""

from ccs.lib.workflow import Transition, Workflow
from pmis.models import Contract, Project, Subcontract
from pmis.roles import Role

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

WORKFLOWS = (PROJECT, CONTRACT, SUBCONTRACT)
