"""Which roles a person holds in a project today, as themselves or for someone absent."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.utils import timezone

from ccs.models import User
from pmis.models import Participant, Project
from pmis.roles import Role


def roles_of(user: User, project: Project) -> dict[str, User | None]:
    """Return the roles of `user` in `project` today.

    The value is the person stood in for, or None where the role is the user's own; an own role
    wins over a delegated one.
    """
    roles: dict[str, User | None] = {}
    acting = Participant.objects.acting_for(user, timezone.localdate())
    for participant in acting.filter(project=project).select_related("user"):
        if participant.user_id == user.pk:
            roles[participant.role] = None
        else:
            roles.setdefault(participant.role, participant.user)
    return roles


def roles_by_project(user: User) -> dict[int, set[str]]:
    """Return the roles that `user` holds today, own and delegated, by key of the project.

    Practice is no work: its projects are left out of everything that asks what is to be done.
    Kept with the person for as long as a request lasts, as Django keeps permissions: everything
    that waits for somebody asks for it.
    """
    today = timezone.localdate()
    kept: tuple[datetime.date, dict[int, set[str]]] | None = getattr(user, "_roles_kept", None)
    if kept and kept[0] == today:
        return kept[1]
    roles: dict[int, set[str]] = defaultdict(set)
    held = Participant.objects.acting_for(user, today).filter(project__is_training=False)
    for project, role in held.values_list("project", "role"):
        roles[project].add(role)
    vars(user)["_roles_kept"] = (today, roles)
    return roles


def projects_held(roles: Mapping[int, set[str]], wanted: Iterable[str]) -> list[int]:
    """Return the keys of the projects in which one of the roles `wanted` is held."""
    names = set(wanted)
    return [project for project, held in roles.items() if held & names]


def bodies_admitted_by(user: User) -> set[int]:
    """Return the ids of the ordering bodies whose officer in charge `user` is today.

    An officer opens accounts for the firms that work for the same body. SECURITY: the role that
    somebody gave themselves in a practice project counts nowhere else.
    """
    held = Participant.objects.on(timezone.localdate()).filter(
        user=user, role=Role.OFFICER, project__is_training=False
    )
    return set(held.values_list("project__ordering_body", flat=True))
