"""What the office reads about a firm over all its projects (domain A.1, history of the firm)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils import timezone

from ccs.models import Organization, User
from pmis.models import (
    IN_FORCE,
    Contract,
    DesignChange,
    Evaluation,
    Participant,
    Penalty,
    Project,
    RecordState,
    Subcontract,
    TimeExtension,
)
from pmis.roles import ORDERING_BODY_ROLES

#: Rows of each list; the registers hold the rest.
MOST = 50


@dataclass(frozen=True)
class FirmHistory:
    """Contracts, changes, penalties and evaluations of a firm, the newest first."""

    contracts: list[Contract]
    subcontracts: list[Subcontract]
    changes: list[DesignChange]
    extensions: list[TimeExtension]
    penalties: list[Penalty]
    evaluations: list[Evaluation]
    #: Of the penalties in force, annulled ones left out.
    points: Decimal


def may_read_firms(user: User) -> bool:
    """Return whether `user` works for an ordering body or oversight today."""
    if user.sees_all_projects:
        return True
    acting = Participant.objects.acting_for(user, timezone.localdate())
    return acting.filter(role__in=ORDERING_BODY_ROLES).exists()


def history_of(firm: Organization, user: User) -> FirmHistory:
    """Return what a firm did in the projects that `user` may see."""
    projects = Project.objects.visible_to(user)
    own = models.Q(contract__contractor=firm) | models.Q(contract__parties__organization=firm)
    contracts = Contract.objects.filter(
        models.Q(contractor=firm) | models.Q(parties__organization=firm), project__in=projects
    )
    penalties = Penalty.objects.filter(firm=firm, project__in=projects, state__in=IN_FORCE)
    counted = penalties.exclude(state=RecordState.ANNULLED)
    return FirmHistory(
        contracts=list(contracts.select_related("project").distinct().order_by("-id")[:MOST]),
        subcontracts=list(
            Subcontract.objects.filter(subcontractor=firm, contract__project__in=projects)
            .select_related("contract__project")
            .order_by("-id")[:MOST]
        ),
        changes=_changes(DesignChange, own, projects),
        extensions=_changes(TimeExtension, own, projects),
        penalties=list(penalties.select_related("project").order_by("-id")[:MOST]),
        evaluations=list(
            Evaluation.objects.filter(firm=firm, project__in=projects, state__in=IN_FORCE)
            .select_related("project", "contract")
            .order_by("-id")[:MOST]
        ),
        points=counted.aggregate(models.Sum("points"))["points__sum"] or Decimal(0),
    )


def _changes(
    model: type[models.Model], own: models.Q, projects: models.QuerySet[Project]
) -> list[models.Model]:
    rows = model._default_manager.approved().filter(own, project__in=projects)
    return list(rows.select_related("project", "contract").distinct().order_by("-id")[:MOST])
