"""A workflow is a table: action, from, to, role, reason needed. Pages, API and tests ask it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


class TransitionNotAllowed(Exception):
    """Raised when the state does not permit the action (409).

    Attributes: `action`, `state`, and `needed`, the states from which the action is possible.
    """

    def __init__(self, *, action: str, state: str, needed: Iterable[str]) -> None:
        self.action, self.state, self.needed = action, state, tuple(needed)
        super().__init__(f"{action}: {state} (possible from: {', '.join(self.needed)})")


class RoleNotAllowed(Exception):
    """Raised when none of the actor's roles may do the action (403).

    Attributes: `action` and `roles`, the roles that may.
    """

    def __init__(self, *, action: str, roles: Iterable[str]) -> None:
        self.action, self.roles = action, tuple(roles)
        super().__init__(f"{action}: {', '.join(map(str, self.roles))}")


@dataclass(frozen=True)
class Transition:
    """One row of a workflow: who may lead a record by which action from where to where."""

    action: str
    from_: tuple[str, ...]
    to: str
    roles: tuple[str, ...]
    #: The actor must say why; the sentence goes to the log and to the author.
    needs_reason: bool = False
    #: A decision on what another person wrote: the author may not take it.
    is_decision: bool = False
    #: A step of the approval line; its role may be changed per ordering body.
    is_step: bool = False
    #: Name of that step where several actions decide it (passed, failed); else the action.
    step: str = ""
    #: Fields that whoever takes the step fills in; nobody else writes them.
    fills: tuple[str, ...] = ()
    #: Those of `fills` that may not stay empty.
    needs: tuple[str, ...] = ()
    #: Columns filled in on existing lines, by related name.
    fills_lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Related names of lines that are added.
    adds_lines: tuple[str, ...] = ()

    @property
    def step_name(self) -> str:
        """Name of the step of the approval line."""
        return self.step or self.action

    def deciders(self, role: str) -> tuple[str, ...]:
        """Return the roles that may take this step where the approval line names `role` for it.

        The line names one role per step; where it is this row's first, its others stand in.
        """
        return self.roles if role == self.roles[0] else (role,)

    def has_same_form(self, other: Transition) -> bool:
        """Whether both are results of one step and ask for the same: one page can offer both."""
        return (
            self.is_step
            and other.is_step
            and self.step_name == other.step_name
            and self.fills == other.fills
            and self.fills_lines == other.fills_lines
            and self.adds_lines == other.adds_lines
            and self.needs_reason == other.needs_reason
            and self.from_ == other.from_
        )

    @property
    def has_form(self) -> bool:
        """Whether the step asks for more than a press of its button."""
        return bool(self.needs_reason or self.fills or self.fills_lines or self.adds_lines)


class Workflow:
    """The rows of one record type, asked by service, page, API and test alike."""

    def __init__(self, record_type: str, *transitions: Transition) -> None:
        self.record_type = record_type
        self.transitions = transitions

    def __iter__(self) -> Iterator[Transition]:
        return iter(self.transitions)

    def transition(self, action: str, *, state: str) -> Transition:
        """Return the row for `action` in `state`; raise `TransitionNotAllowed` if there is none."""
        rows = [row for row in self.transitions if row.action == action]
        for row in rows:
            if state in row.from_:
                return row
        needed = [origin for row in rows for origin in row.from_]
        raise TransitionNotAllowed(action=action, state=state, needed=needed)

    def steps(self) -> list[Transition]:
        """Return the steps of the approval line in order, once each."""
        first: dict[str, Transition] = {}
        for row in self.transitions:
            if row.is_step:
                first.setdefault(row.step_name, row)
        return list(first.values())

    def deciders(self, step: str, role: str) -> tuple[str, ...]:
        """Return the roles that may take a step where the approval line names `role` for it.

        That of the line comes first; empty where the table has no such step.
        """
        rows = [row for row in self.transitions if row.is_step and row.step_name == step]
        found = dict.fromkeys(one for row in rows for one in row.deciders(role))
        return tuple(sorted(found, key=lambda one: one != role))

    def available(self, *, state: str, roles: Iterable[str]) -> list[Transition]:
        """Return the rows open to someone with `roles` in `state`."""
        held = set(roles)
        return [row for row in self.transitions if state in row.from_ and held & set(row.roles)]
