"""The lives of drawings, documents and site cameras (domain C.1)."""

from ccs.lib.workflow import Transition, Workflow
from pmis.models import RecordState
from pmis.roles import Role
from pmis.workflows.lines import approval_line, approve, confirm

State = RecordState
#: Who files; the other side of the table decides.
FILERS = (Role.SITE_AGENT, Role.ENGINEER, Role.SUPERVISOR, Role.OFFICER)
#: Who runs a camera on site.
OPERATORS = (Role.SITE_AGENT, Role.OFFICER)

DRAWING = Workflow(
    "drawing",
    *approval_line(
        FILERS,
        confirm(Role.SUPERVISOR, Role.INSPECTOR),
        approve(Role.OFFICER, Role.DEPARTMENT_HEAD),
    ),
)

#: One look is enough for a document: the supervisor's, or the officer's for the supervisor's own.
DOCUMENT = Workflow(
    "filed_document", *approval_line(FILERS, approve(Role.SUPERVISOR, Role.OFFICER))
)

_RUNNING = (State.APPROVED, State.RESUMED)
CAMERA = Workflow(
    "camera",
    *approval_line(OPERATORS, approve(Role.OFFICER, Role.DEPARTMENT_HEAD)),
    *(
        Transition("snapshot", from_=(state,), to=state, roles=OPERATORS, adds_lines=("snapshots",))
        for state in _RUNNING
    ),
    Transition(
        "switch_off",
        from_=_RUNNING,
        to=State.SUSPENDED,
        roles=OPERATORS,
        fills=("offline_note",),
        needs=("offline_note",),
    ),
    Transition("switch_on", from_=(State.SUSPENDED,), to=State.RESUMED, roles=OPERATORS),
    Transition(
        "take_down",
        from_=(*_RUNNING, State.SUSPENDED),
        to=State.CLOSED,
        roles=OPERATORS,
        needs_reason=True,
    ),
)

#: What is past its time is reviewed by others before anything goes (기록물 평가심의).
DISPOSAL = Workflow(
    "disposal",
    *approval_line(
        (Role.OFFICER,),
        approve(
            Role.DEPARTMENT_HEAD,
            fills=("review_date", "reviewers", "opinion"),
            needs=("review_date", "reviewers"),
        ),
    ),
)

WORKFLOWS = (DRAWING, DOCUMENT, CAMERA, DISPOSAL)
WRITERS = {
    "drawing": FILERS,
    "filed_document": FILERS,
    "camera": OPERATORS,
    "disposal": (Role.OFFICER,),
}
