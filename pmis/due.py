"""What money and contracts ask of a person today, for "My day"."""

from __future__ import annotations

import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import DueItem
from ccs.models import RuleValue, User
from pmis.models import ProgressClaim, Project, RecordState
from pmis.roles import Role
from pmis.services.evaluations import owed_evaluations
from pmis.services.roles import projects_held, roles_by_project
from pmis.services.subcontracts import notice_due, overdue_notices

#: More of one kind than a person reads in a morning.
MOST = 20


def contract_due_items(user: User) -> list[DueItem]:
    """Return evaluations that are owed, notices that are overdue, claims to be inspected."""
    roles = roles_by_project(user)
    return [
        *_evaluations(projects_held(roles, (Role.OFFICER,))),
        *_notices(projects_held(roles, (Role.SITE_AGENT,))),
        *_claims(projects_held(roles, (Role.SUPERVISOR,))),
    ]


def _evaluations(projects: list[int]) -> list[DueItem]:
    if not projects:
        return []
    found = owed_evaluations(Project.objects.filter(pk__in=projects))[:MOST]
    return [DueItem(owed.title, owed.url, project_name=owed.project.name) for owed in found]


def _notices(projects: list[int]) -> list[DueItem]:
    if not projects:
        return []
    rows = overdue_notices(Project.objects.filter(pk__in=projects), timezone.localdate())
    return [
        DueItem(
            title=_("Notify the subcontract with %(firm)s") % {"firm": row.subcontractor},
            url=reverse(
                "pmis:subcontract-detail", args=[row.contract.project.public_id, row.public_id]
            ),
            project_name=row.contract.project.name,
            due_date=notice_due(row),
            is_overdue=True,
        )
        for row in rows[:MOST]
    ]


def _claims(projects: list[int]) -> list[DueItem]:
    """Return the claims whose inspection is overdue (domain R21)."""
    if not projects:
        return []
    today = timezone.localdate()
    days = int(RuleValue.objects.on(RuleValue.Key.CLAIM_INSPECTION_DAYS, today))
    limit = timezone.now() - datetime.timedelta(days=days)
    claims = ProgressClaim.objects.filter(
        project__in=projects, state=RecordState.SUBMITTED, submitted_at__lt=limit
    ).select_related("project")
    return [
        DueItem(
            title=_("Inspect the progress claim %(claim)s") % {"claim": claim},
            url=reverse("pmis:progress-claim-detail", args=[claim.public_id]),
            project_name=claim.project.name,
            due_date=timezone.localdate(claim.submitted_at) + datetime.timedelta(days=days),
            is_overdue=True,
        )
        for claim in claims.order_by("submitted_at")[:MOST]
    ]
