"""The lives of inspections, materials, tests and non-conformances (domain C.3, C.4)."""

from ccs.lib.workflow import Transition, Workflow
from pmis.models import RecordState
from pmis.roles import Role
from pmis.workflows.lines import WAITING, approval_line, approve, usual_line

State = RecordState
#: Who asks on site, and who looks.
CONTRACTOR = (Role.SITE_AGENT, Role.ENGINEER)
INSPECTORS = (Role.INSPECTOR, Role.SUPERVISOR)
_ASKED = (State.SUBMITTED, State.SCHEDULED)


def _inspected(action: str, to: str, *needs: str) -> Transition:
    """Return one of the three results of an inspection: the same form leads to each."""
    return Transition(
        action,
        from_=_ASKED,
        to=to,
        roles=INSPECTORS,
        is_decision=True,
        is_step=True,
        step="inspection",
        fills=("result_note", "rectify_by_date"),
        needs=needs,
        fills_lines={"items": ("result", "measured_value", "remark")},
        adds_lines=("inspection_photos",),
    )


#: Domain C.3.
INSPECTION_REQUEST = Workflow(
    "inspection_request",
    Transition("submit", from_=(State.DRAFT, State.RETURNED), to=State.SUBMITTED, roles=CONTRACTOR),
    Transition("recall", from_=(State.SUBMITTED,), to=State.DRAFT, roles=CONTRACTOR),
    Transition(
        "schedule",
        from_=_ASKED,
        to=State.SCHEDULED,
        roles=INSPECTORS,
        is_decision=True,
        fills=("inspection_date", "inspection_time"),
        needs=("inspection_date", "inspection_time"),
    ),
    _inspected("pass", State.PASSED),
    _inspected("pass_conditionally", State.CONDITIONAL, "result_note", "rectify_by_date"),
    _inspected("fail", State.FAILED, "rectify_by_date"),
    Transition(
        "return",
        from_=_ASKED,
        to=State.RETURNED,
        roles=INSPECTORS,
        needs_reason=True,
        is_decision=True,
    ),
    Transition(
        "cancel",
        from_=(*_ASKED, State.RETURNED),
        to=State.CANCELLED,
        roles=CONTRACTOR,
        needs_reason=True,
    ),
    Transition(
        "rectify",
        from_=(State.FAILED, State.CONDITIONAL),
        to=State.RECTIFIED,
        roles=CONTRACTOR,
        fills=("corrective_action",),
        needs=("corrective_action",),
        adds_lines=("inspection_photos",),
    ),
)


def _received(state: str) -> Transition:
    """Return the step that adds a delivery and leaves the approval as it is."""
    return Transition(
        "receive", from_=(state,), to=state, roles=INSPECTORS, adds_lines=("receipts",)
    )


_SUPERVISOR = (Role.SUPERVISOR,)
#: Domain C.4. What fails a test is suspended, and reinstated or revoked.
MATERIAL_APPROVAL = Workflow(
    "material_approval",
    *approval_line(
        CONTRACTOR,
        approve(Role.SUPERVISOR),
        Transition(
            "approve_conditionally",
            from_=WAITING,
            to=State.CONDITIONAL,
            roles=_SUPERVISOR,
            is_decision=True,
            is_step=True,
            step="approve",
            fills=("conditions",),
            needs=("conditions",),
        ),
    ),
    Transition(
        "reject",
        from_=WAITING,
        to=State.REJECTED,
        roles=_SUPERVISOR,
        needs_reason=True,
        is_decision=True,
    ),
    _received(State.APPROVED),
    _received(State.CONDITIONAL),
    Transition(
        "suspend_approval",
        from_=(State.APPROVED, State.CONDITIONAL),
        to=State.SUSPENDED,
        roles=_SUPERVISOR,
        needs_reason=True,
    ),
    Transition("reinstate", from_=(State.SUSPENDED,), to=State.APPROVED, roles=_SUPERVISOR),
    Transition(
        "reinstate_conditionally",
        from_=(State.SUSPENDED,),
        to=State.CONDITIONAL,
        roles=_SUPERVISOR,
        fills=("conditions",),
        needs=("conditions",),
    ),
    Transition(
        "revoke",
        from_=(State.APPROVED, State.CONDITIONAL, State.SUSPENDED),
        to=State.REVOKED,
        roles=_SUPERVISOR,
        needs_reason=True,
    ),
)

#: The plan of tests is approved like every plan (domain C.1).
QUALITY_PLAN = Workflow("quality_plan", *usual_line())


def _tested(action: str, to: str, *needs: str) -> Transition:
    """Return one of the two results of a test."""
    return Transition(
        action,
        from_=WAITING,
        to=to,
        roles=INSPECTORS,
        is_decision=True,
        is_step=True,
        step="judgement",
        fills=("result_note",),
        needs=needs,
    )


QUALITY_TEST = Workflow(
    "quality_test",
    *approval_line(
        CONTRACTOR,
        _tested("pass", State.PASSED),
        _tested("fail", State.FAILED, "result_note"),
    ),
    Transition(
        "retest",
        from_=(State.FAILED,),
        to=State.RECTIFIED,
        roles=CONTRACTOR,
        fills=("corrective_action",),
        needs=("corrective_action",),
    ),
)

#: Open until it is closed; the supervisor's side issues, verifies, reopens.
NON_CONFORMANCE = Workflow(
    "non_conformance",
    Transition("issue", from_=(State.DRAFT,), to=State.OPEN, roles=INSPECTORS),
    Transition(
        "rectify",
        from_=(State.OPEN,),
        to=State.DONE,
        roles=CONTRACTOR,
        fills=("cause", "correction", "prevention", "rectified_date"),
        needs=("cause", "correction", "rectified_date"),
        adds_lines=("report_photos", "report_files"),
    ),
    Transition(
        "verify",
        from_=(State.DONE,),
        to=State.CLOSED,
        roles=INSPECTORS,
        fills=("verification",),
        needs=("verification",),
    ),
    Transition("reopen", from_=(State.DONE,), to=State.OPEN, roles=INSPECTORS, needs_reason=True),
)

WORKFLOWS = (
    INSPECTION_REQUEST,
    MATERIAL_APPROVAL,
    QUALITY_PLAN,
    QUALITY_TEST,
    NON_CONFORMANCE,
)

WRITERS = {
    "inspection_request": CONTRACTOR,
    "material_approval": CONTRACTOR,
    "quality_plan": CONTRACTOR,
    "quality_test": CONTRACTOR,
    "non_conformance": INSPECTORS,
}
