"""The lives of letters (domain C.5), minutes, complaints and visits."""

from ccs.lib.workflow import Transition, Workflow
from pmis.models import RecordState
from pmis.roles import Role
from pmis.workflows.lines import WAITING, approval_line

State = RecordState
#: Who signs for a side: the ordering body, the supervision, the contractor.
SIGNERS = (Role.OFFICER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR, Role.SITE_AGENT)
#: Who writes for a side.
LETTER_WRITERS = (*SIGNERS, Role.ACCOUNTING_OFFICER, Role.INSPECTOR, Role.ENGINEER)
#: Who receives for a side. A subcontractor reading it is no receipt of the contractor.
LETTER_READERS = (*LETTER_WRITERS, Role.JOINT_MEMBER)


def _receive(action: str, to: str) -> Transition:
    """Return the receipt: automatic when the receiver opens the letter, or by button."""
    return Transition(action, from_=(State.ISSUED,), to=to, roles=LETTER_READERS)


#: Domain C.5. The service narrows each row to the sender's or to the receiver's side.
LETTER = Workflow(
    "letter",
    Transition("issue", from_=(State.DRAFT,), to=State.ISSUED, roles=SIGNERS),
    _receive("acknowledge", State.RECEIVED),
    # The receipt of what needs no reply is its end.
    _receive("note", State.CLOSED),
    Transition(
        "reply",
        from_=(State.RECEIVED, State.REINSTRUCTED),
        to=State.REPLIED,
        roles=SIGNERS,
        fills=("reply",),
        needs=("reply",),
        adds_lines=("reply_files",),
    ),
    Transition("accept", from_=(State.REPLIED,), to=State.CLOSED, roles=SIGNERS),
    Transition(
        "reinstruct",
        from_=(State.REPLIED,),
        to=State.REINSTRUCTED,
        roles=SIGNERS,
        fills=("instruction", "due_date"),
        needs=("instruction", "due_date"),
    ),
    # Overtaken by events: closed without the reply, with the reason.
    Transition(
        "waive",
        from_=(State.ISSUED, State.RECEIVED, State.REINSTRUCTED),
        to=State.CLOSED,
        roles=SIGNERS,
        needs_reason=True,
    ),
)

#: Who writes minutes, and follows what they ask for.
MEETING_WRITERS = (
    Role.SUPERVISOR,
    Role.INSPECTOR,
    Role.SITE_AGENT,
    Role.ENGINEER,
    Role.OFFICER,
)


def _signed(action: str, to: str, *roles: Role) -> Transition:
    """Return the signature of one body. Whoever wrote the minutes may sign for their own body."""
    return Transition(action, from_=WAITING, to=to, roles=roles, is_step=True)


MEETING = Workflow(
    "meeting",
    *approval_line(
        MEETING_WRITERS,
        _signed("sign_contractor", State.CONFIRMED, Role.SITE_AGENT, Role.ENGINEER),
        _signed("confirm", State.CONFIRMED, Role.SUPERVISOR, Role.INSPECTOR),
        _signed("approve", State.OPEN, Role.OFFICER),
    ),
    Transition(
        "follow_up",
        from_=(State.OPEN,),
        to=State.OPEN,
        roles=MEETING_WRITERS,
        fills_lines={"action_items": ("done_date", "note")},
    ),
    Transition("close", from_=(State.OPEN,), to=State.CLOSED, roles=MEETING_WRITERS),
    Transition(
        "reopen",
        from_=(State.CLOSED,),
        to=State.OPEN,
        roles=(Role.SUPERVISOR, Role.OFFICER),
        needs_reason=True,
    ),
)

#: Who answers people at the site.
SITE_WRITERS = (
    Role.SUPERVISOR,
    Role.INSPECTOR,
    Role.SITE_AGENT,
    Role.ENGINEER,
    Role.OFFICER,
)

COMPLAINT_ENTRY = Workflow(
    "complaint_entry",
    Transition("enter", from_=(State.DRAFT,), to=State.OPEN, roles=SITE_WRITERS),
    Transition(
        "assign",
        from_=(State.OPEN, State.ASSIGNED),
        to=State.ASSIGNED,
        roles=SITE_WRITERS,
        fills=("handler", "due_date"),
        needs=("handler",),
    ),
    Transition(
        "reply",
        from_=(State.OPEN, State.ASSIGNED),
        to=State.REPLIED,
        roles=SITE_WRITERS,
        fills=("reply", "reply_date"),
        needs=("reply", "reply_date"),
    ),
    Transition(
        "close",
        from_=(State.REPLIED,),
        to=State.CLOSED,
        roles=(Role.SUPERVISOR, Role.OFFICER),
    ),
    Transition(
        "reopen",
        from_=(State.REPLIED, State.CLOSED),
        to=State.OPEN,
        roles=(Role.SUPERVISOR, Role.OFFICER),
        needs_reason=True,
    ),
)

VISIT = Workflow(
    "visit", Transition("enter", from_=(State.DRAFT,), to=State.FINAL, roles=SITE_WRITERS)
)

WORKFLOWS = (LETTER, MEETING, COMPLAINT_ENTRY, VISIT)

WRITERS = {
    "letter": LETTER_WRITERS,
    "meeting": MEETING_WRITERS,
    "complaint_entry": SITE_WRITERS,
    "visit": SITE_WRITERS,
}
