"""Safety on the ground: findings from sight to closure, checklists, permits, accidents."""

from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from pmis.models import (
    Accident,
    SafetyActivity,
    SafetyChecklist,
    SafetyChecklistItem,
    SafetyFinding,
    WorkPermit,
)
from pmis.services.approvals import EFFECTS, Effects

Result = SafetyChecklistItem.Result
PermitKind = WorkPermit.Kind

#: Kinds of dangerous work that endanger each other at the same time on one site.
CONFLICTING = (
    {PermitKind.HOT_WORK, PermitKind.CONFINED_SPACE},
    {PermitKind.CRANE, PermitKind.HEIGHT},
    {PermitKind.EXCAVATION, PermitKind.ELECTRICITY},
)
#: A permit is given for a day's work.
LONGEST_PERMIT = datetime.timedelta(hours=24)
#: Hours of education and drills are proved; a toolbox meeting has none.
WITHOUT_HOURS = (SafetyActivity.Kind.TOOLBOX, SafetyActivity.Kind.DRILL)


def derived_key(source: UUID, *parts: object) -> UUID:
    """Return the public id of a record that is made from `source`: always the same one.

    A failed item of a checklist makes one finding, however often its button is pressed. The time
    of the source stays in it, so that it is sorted like any other (RFC 9562, version 7).
    """
    text = ":".join(map(str, (source, *parts)))
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:10], "big")
    value = source.int >> 80 << 80 | digest
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def required(record: models.Model, names: tuple[str, ...]) -> dict[str, str]:
    """Return a sentence for each field of `names` that is empty."""
    return {
        name: _("%(field)s is missing.")
        % {"field": capital(record._meta.get_field(name).verbose_name)}
        for name in names
        if getattr(record, name) in (None, "")
    }


def capital(text: object) -> str:
    """Return a label with a capital first letter."""
    words = str(text)
    return words[:1].upper() + words[1:]


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise ValidationError(errors)


# -- Findings -----------------------------------------------------------------------------------


def first_step(finding: SafetyFinding) -> str:
    """Return the step by which a new finding goes out: assigned where it is known to whom."""
    is_known = finding.organization_id is not None and finding.due_date is not None
    return "assign_action" if is_known else "open"


def check_finding(finding: SafetyFinding) -> None:
    """Raise ValidationError by field where a finding does not say what is dangerous."""
    _refuse(required(finding, ("hazard",)))


def _come_into_force(finding: SafetyFinding) -> None:
    check_finding(finding)
    finding.inspecting_body = finding.author.organization


def _assign(finding: SafetyFinding) -> None:
    _refuse(required(finding, ("organization", "due_date")))


def _mark_done(finding: SafetyFinding) -> None:
    finding.done_date = timezone.localdate()


def _verify(finding: SafetyFinding) -> None:
    finding.closed_date = timezone.localdate()


def _reopen(finding: SafetyFinding) -> None:
    finding.done_date = finding.closed_date = None
    finding.reopened_count += 1


def _stop(finding: SafetyFinding) -> None:
    finding.stopped_at = timezone.now()
    finding.lifted_at, finding.lift_note = None, ""


def _lift_stop(finding: SafetyFinding) -> None:
    finding.lifted_at = timezone.now()


# -- Checklists ---------------------------------------------------------------------------------


def score_of(results: list[str]) -> Decimal | None:
    """Return the per cent of items that were met, of those that apply; None where none does."""
    good, bad = results.count(Result.PASS), results.count(Result.FAIL)
    if not good + bad:
        return None
    return (Decimal(100 * good) / (good + bad)).quantize(Decimal("0.01"))


def check_checklist(checklist: SafetyChecklist) -> None:
    """Raise ValidationError where the list is empty or an item has no answer."""
    items = list(checklist.items.all())
    if not items:
        raise ValidationError({"items": _("A checklist needs at least one item.")})
    _refuse(
        {
            f"items-{place}-result": _("No answer: %(item)s") % {"item": item.text}
            for place, item in enumerate(items)
            if not item.result
        }
    )


def _submit_checklist(checklist: SafetyChecklist) -> None:
    check_checklist(checklist)
    checklist.score = score_of([item.result for item in checklist.items.all()])
    checklist.inspecting_body = checklist.author.organization


# -- Meetings and education ---------------------------------------------------------------------


def check_activity(activity: SafetyActivity) -> None:
    """Raise ValidationError where topic, number of people or hours are missing."""
    errors = required(activity, ("topic", "attendance_count"))
    if activity.kind not in WITHOUT_HOURS:
        errors |= required(activity, ("duration_hours",))
    if activity.date > timezone.localdate():
        errors["date"] = _("The day lies ahead: a report tells what was done.")
    _refuse(errors)


# -- Work permits -------------------------------------------------------------------------------


def check_permit(permit: WorkPermit) -> None:
    """Raise ValidationError where the permit is incomplete or a precaution is not in place."""
    errors = required(permit, ("work", "place", "valid_from", "valid_until"))
    precautions = list(permit.precautions.all())
    if not precautions:
        errors["precautions"] = _("A permit names the precautions.")
    for place, precaution in enumerate(precautions):
        if not precaution.is_in_place:
            errors[f"precautions-{place}-is_in_place"] = _("Not in place yet: %(precaution)s") % {
                "precaution": precaution.text
            }
    _refuse(errors)


def _approve_permit(permit: WorkPermit) -> None:
    if permit.valid_until is None or permit.valid_until <= timezone.now():
        raise ValidationError({"valid_until": _("The time of this permit is over already.")})


def _close_permit(permit: WorkPermit) -> None:
    permit.closed_at = timezone.now()


def overlaps_of(permit: WorkPermit) -> list[tuple[WorkPermit, str]]:
    """Return the permits in force that clash with this one in time, and how.

    "place": the same place; "kind": kinds of work that endanger each other.
    """
    if permit.valid_from is None or permit.valid_until is None:
        return []
    others = WorkPermit.objects.valid_between(permit.valid_from, permit.valid_until)
    others = others.filter(project=permit.project_id).exclude(public_id=permit.public_id)
    found = []
    for other in others.order_by("valid_from")[:50]:
        if {permit.kind, other.kind} in CONFLICTING:
            found.append((other, "kind"))
        elif permit.place and permit.place.casefold() == other.place.casefold():
            found.append((other, "place"))
    return found


# -- Accidents ----------------------------------------------------------------------------------


def check_accident(accident: Accident) -> None:
    """Raise ValidationError where place or account are missing, or the time lies ahead."""
    errors = required(accident, ("place", "account"))
    if accident.occurred_at > timezone.now():
        errors["occurred_at"] = _("The time lies ahead: a report tells what has happened.")
    if accident.has_stoppage:
        errors |= required(accident, ("stoppage_scope",))
    _refuse(errors)


def must_be_notified(accident: Accident) -> bool:
    """Whether the authority has to be told at once and has not been told yet."""
    has_victims = accident.injured_count + accident.fatal_count > 0
    return has_victims and accident.authority_reported_at is None


def _close_accident(accident: Accident) -> None:
    if must_be_notified(accident):
        raise ValidationError(_("Somebody was hurt and no authority was informed: do that first."))
    accident.closed_date = timezone.localdate()


EFFECTS[SafetyFinding.record_type] = Effects(
    approved=_come_into_force,
    taken={
        "assign_action": _assign,
        "done": _mark_done,
        "verify": _verify,
        "reopen": _reopen,
        "stop": _stop,
        "lift_stop": _lift_stop,
    },
)
EFFECTS[SafetyChecklist.record_type] = Effects(submitted=_submit_checklist)
EFFECTS[SafetyActivity.record_type] = Effects(approved=check_activity)
EFFECTS[WorkPermit.record_type] = Effects(
    submitted=check_permit, approved=_approve_permit, taken={"close": _close_permit}
)
EFFECTS[Accident.record_type] = Effects(approved=check_accident, taken={"close": _close_accident})
