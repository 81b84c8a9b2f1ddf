"""Blocks of a project page about what was changed of its contracts."""

from __future__ import annotations

from typing import Any

from django import template

from ccs.models import User
from pmis.models import DesignChange, ProgressClaim, Project, TimeExtension
from pmis.services.evaluations import visible_to_price_roles

register = template.Library()
#: Rows of a block; the registers hold the rest.
MOST = 12


@register.inclusion_tag("pmis/projects/_changes.html")
def changes_of(project: Project, user: User, contract: Any = None) -> dict[str, Any]:
    """Show design changes, extensions and claims of a project, or of one contract, in force."""
    context: dict[str, Any] = {"project": project}
    for name, model in (
        ("changes", DesignChange),
        ("extensions", TimeExtension),
        ("claims", ProgressClaim),
    ):
        rows = model.objects.approved().filter(project=project)
        if model is not TimeExtension:
            rows = visible_to_price_roles(rows, user)
        if contract is not None:
            rows = rows.filter(contract=contract)
        context[name] = list(rows.order_by("-public_id")[:MOST])
    return context
