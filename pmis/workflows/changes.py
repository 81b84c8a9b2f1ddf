"""The lives of design changes, time extensions and progress claims (domain C.7, C.10)."""

from ccs.lib.workflow import Transition, Workflow
from pmis.models.progress_claims import SPLIT
from pmis.models.records import RecordState
from pmis.roles import Role
from pmis.workflows.lines import WAITING, approval_line, approve, confirm

State = RecordState
SITE = (Role.SITE_AGENT, Role.ENGINEER)
#: Who signs and keeps contracts.
KEEPERS = (Role.OFFICER, Role.ACCOUNTING_OFFICER)
#: A change may begin on any side; who wrote it never decides on it, so a second role stands by.
REQUESTERS = (Role.SITE_AGENT, Role.SUPERVISOR, Role.OFFICER)
REVIEWERS = (Role.SUPERVISOR, Role.INSPECTOR)
DECIDERS = (Role.OFFICER, Role.DEPARTMENT_HEAD)


def _reject() -> Transition:
    return Transition(
        "reject",
        from_=WAITING,
        to=State.REJECTED,
        roles=(*DECIDERS, *REVIEWERS),
        needs_reason=True,
        is_decision=True,
    )


def _amend(*origins: str) -> Transition:
    """Return the step that signs the amendment of the contract."""
    return Transition(
        "amend",
        from_=origins,
        to=State.AMENDED,
        roles=KEEPERS,
        fills=("amended_date",),
        needs=("amended_date",),
    )


#: Domain C.7. What is approved becomes an amendment, then a new baseline of the schedule.
DESIGN_CHANGE = Workflow(
    "design_change",
    *approval_line(
        REQUESTERS,
        confirm(*REVIEWERS, fills=("review_opinion",), needs=("review_opinion",)),
        approve(*DECIDERS, fills=("committee_date", "committee_result", "negotiation_note")),
    ),
    _reject(),
    _amend(State.APPROVED),
    Transition(
        "rebaseline",
        from_=(State.AMENDED,),
        to=State.BASELINE_UPDATED,
        roles=(Role.SITE_AGENT, *REVIEWERS, Role.OFFICER),
    ),
    Transition("close", from_=(State.BASELINE_UPDATED,), to=State.CLOSED, roles=DECIDERS),
)

#: Domain C.7. An extension is approved in days; a suspension stops the project until it resumes.
TIME_EXTENSION = Workflow(
    "time_extension",
    *approval_line(
        REQUESTERS[:2],
        confirm(*REVIEWERS, fills=("review_opinion",), needs=("review_opinion",)),
        approve(Role.OFFICER, fills=("days_approved",), needs=("days_approved",)),
        Transition(
            "suspend",
            from_=WAITING,
            to=State.SUSPENDED,
            roles=(Role.OFFICER,),
            is_decision=True,
            is_step=True,
            step="approve",
        ),
    ),
    _reject(),
    Transition(
        "resume",
        from_=(State.SUSPENDED,),
        to=State.RESUMED,
        roles=(Role.OFFICER,),
        fills=("resumed_date",),
        needs=("resumed_date",),
    ),
    _amend(State.APPROVED, State.RESUMED),
)

#: Domain C.10. The supervisor certifies line by line, the officer approves; then it is paid.
PROGRESS_CLAIM = Workflow(
    "progress_claim",
    *approval_line(
        SITE[:1],
        Transition(
            "certify",
            from_=WAITING,
            to=State.CONFIRMED,
            roles=REVIEWERS[:1],
            is_decision=True,
            is_step=True,
            fills=("inspection_date", "supervision_statement", *SPLIT),
            needs=("inspection_date", "supervision_statement"),
            fills_lines={"items": ("certified_quantity",)},
            adds_lines=("certificate_files",),
        ),
        approve(
            Role.OFFICER,
            fills=("delay_days", "retention_amount", "client_supplied_amount"),
        ),
    ),
    Transition("send_to_payment", from_=(State.APPROVED,), to=State.SENT_TO_PAYMENT, roles=KEEPERS),
    Transition(
        "pay",
        from_=(State.SENT_TO_PAYMENT,),
        to=State.PAID,
        roles=(Role.ACCOUNTING_OFFICER,),
        fills=("paid_date", "paid_amount"),
        needs=("paid_date", "paid_amount"),
    ),
    Transition("settle", from_=(State.PAID,), to=State.SETTLED, roles=(Role.ACCOUNTING_OFFICER,)),
)

WORKFLOWS = (DESIGN_CHANGE, TIME_EXTENSION, PROGRESS_CLAIM)

WRITERS = {
    "design_change": (*SITE, Role.SUPERVISOR, Role.OFFICER),
    "time_extension": (*SITE, Role.SUPERVISOR),
    "progress_claim": SITE,
}
