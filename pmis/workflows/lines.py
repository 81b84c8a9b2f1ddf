"""The usual approval line, from which most record types are made (domain C.1)."""

from collections.abc import Sequence

from ccs.lib.workflow import Transition
from pmis.models import RecordState
from pmis.roles import Role

State = RecordState

#: States in which the line may still be gone back in.
WAITING = (State.SUBMITTED, State.CONFIRMED)


def confirm(*roles: Role, **more: object) -> Transition:
    """Return a step after which others still decide."""
    return Transition(
        "confirm",
        from_=WAITING,
        to=State.CONFIRMED,
        roles=roles,
        is_decision=True,
        is_step=True,
        **more,
    )


def approve(*roles: Role, **more: object) -> Transition:
    """Return the last step: the record comes into force."""
    return Transition(
        "approve",
        from_=WAITING,
        to=State.APPROVED,
        roles=roles,
        is_decision=True,
        is_step=True,
        **more,
    )


def approval_line(writers: Sequence[Role], *steps: Transition) -> tuple[Transition, ...]:
    """Return the rows of a line: submit, recall, the steps, return by whoever has a step.

    `writers` may submit; they are no deciders of their own draft.
    """
    deciders = tuple(dict.fromkeys(role for step in steps for role in step.roles))
    return (
        Transition(
            "submit", from_=(State.DRAFT, State.RETURNED), to=State.SUBMITTED, roles=tuple(writers)
        ),
        Transition("recall", from_=(State.SUBMITTED,), to=State.DRAFT, roles=tuple(writers)),
        *steps,
        Transition(
            "return",
            from_=WAITING,
            to=State.RETURNED,
            roles=deciders,
            needs_reason=True,
            is_decision=True,
        ),
    )


def usual_line(submitter: Role = Role.SITE_AGENT) -> tuple[Transition, ...]:
    """Return the line submitted by the contractor, confirmed, and approved by the officer."""
    return approval_line((submitter,), confirm(Role.SUPERVISOR), approve(Role.OFFICER))
