"""Which roles a person holds in a project today, as themselves or for someone absent."""

from __future__ import annotations

from django.utils import timezone

from ccs.models import User
from pmis.models import Participant, Project


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
