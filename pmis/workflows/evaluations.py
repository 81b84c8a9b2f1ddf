"""The lives of performance evaluations and penalties (domain C.9)."""

from ccs.lib.workflow import Transition, Workflow
from pmis.models.records import RecordState
from pmis.roles import Role
from pmis.workflows.lines import approval_line

State = RecordState
OFFICE = (Role.OFFICER, Role.DEPARTMENT_HEAD)
#: Who may answer for a firm: contractor, supervision firm; of the designer, who has no account
#: in most projects, the officer enters what came in writing.
FIRMS = (Role.SITE_AGENT, Role.SUPERVISOR, Role.DESIGNER)

#: The officer scores, the department head makes the result known; the firm may object.
EVALUATION = Workflow(
    "evaluation",
    *approval_line(
        (Role.OFFICER,),
        Transition(
            "notify_result",
            from_=(State.SUBMITTED,),
            to=State.NOTIFIED,
            roles=(Role.DEPARTMENT_HEAD,),
            is_decision=True,
            is_step=True,
        ),
    ),
    Transition(
        "object",
        from_=(State.NOTIFIED,),
        to=State.OBJECTED,
        roles=FIRMS,
        fills=("objection",),
        needs=("objection",),
    ),
    Transition(
        "answer_objection",
        from_=(State.OBJECTED,),
        to=State.FINAL,
        roles=OFFICE,
        fills=("objection_answer",),
        needs=("objection_answer",),
    ),
    Transition("make_final", from_=(State.NOTIFIED,), to=State.FINAL, roles=OFFICE),
)

_HEARD = (State.SUBMITTED, State.HEARING)

#: Public from the day on which it is imposed, with the state of an appeal.
PENALTY = Workflow(
    "penalty",
    Transition(
        "submit",
        from_=(State.DRAFT, State.RETURNED),
        to=State.SUBMITTED,
        roles=(Role.OFFICER, Role.SUPERVISOR),
    ),
    Transition(
        "recall",
        from_=(State.SUBMITTED,),
        to=State.DRAFT,
        roles=(Role.OFFICER, Role.SUPERVISOR),
    ),
    Transition(
        "hear",
        from_=_HEARD,
        to=State.HEARING,
        roles=OFFICE,
        fills=("hearing_date",),
        needs=("hearing_date",),
        adds_lines=("statement_files",),
    ),
    Transition(
        "impose",
        from_=(State.HEARING,),
        to=State.IMPOSED,
        roles=(Role.DEPARTMENT_HEAD,),
        is_decision=True,
        is_step=True,
        fills=("hearing_minutes",),
        needs=("hearing_minutes",),
    ),
    Transition(
        "return",
        from_=_HEARD,
        to=State.RETURNED,
        roles=(Role.DEPARTMENT_HEAD,),
        needs_reason=True,
        is_decision=True,
    ),
    Transition(
        "reject",
        from_=_HEARD,
        to=State.REJECTED,
        roles=(Role.DEPARTMENT_HEAD,),
        needs_reason=True,
        is_decision=True,
    ),
    Transition(
        "appeal",
        from_=(State.IMPOSED,),
        to=State.APPEALED,
        roles=FIRMS,
        fills=("appeal",),
        needs=("appeal",),
        adds_lines=("statement_files",),
    ),
    Transition(
        "uphold",
        from_=(State.APPEALED,),
        to=State.FINAL,
        roles=(Role.DEPARTMENT_HEAD,),
        fills=("appeal_result",),
        needs=("appeal_result",),
    ),
    Transition(
        "annul",
        from_=(State.IMPOSED, State.APPEALED),
        to=State.ANNULLED,
        roles=(Role.DEPARTMENT_HEAD,),
        fills=("appeal_result",),
        needs=("appeal_result",),
    ),
    Transition("make_final", from_=(State.IMPOSED,), to=State.FINAL, roles=OFFICE),
)

WORKFLOWS = (EVALUATION, PENALTY)

WRITERS = {
    "evaluation": (Role.OFFICER,),
    "penalty": (Role.OFFICER, Role.SUPERVISOR),
}
