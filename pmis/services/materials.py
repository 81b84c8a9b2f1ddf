"""Material approvals: what they must say, deliveries, and what may be received on site."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from pmis.models import (
    RECEIVABLE,
    ApprovalEvent,
    DailyReport,
    MaterialApproval,
    MaterialLine,
    MaterialReceipt,
    RecordState,
)
from pmis.services.approvals import EFFECTS, Effects


def check_complete(approval: MaterialApproval) -> None:
    """Raise `ValidationError` where an approval lacks what the supervisor decides on."""
    errors = {}
    for name in ("item", "manufacturer", "supplier", "quantity", "unit", "intended_location"):
        if getattr(approval, name) in (None, ""):
            label = approval._meta.get_field(name).verbose_name
            errors[name] = [_("Enter: %(field)s.") % {"field": label}]
    if not (approval.certificate or approval.test_report):
        errors["certificate"] = [_("Enter a certificate or a test report: one of them is needed.")]
    if errors:
        raise ValidationError(errors)


def _received(approval: MaterialApproval) -> None:
    """Raise `ValidationError` where the step brought no delivery."""
    steps = ApprovalEvent.objects.filter(
        record_public_id=approval.public_id, version_no=approval.version_no, action="receive"
    )
    if approval.receipts.count() <= steps.count():
        raise ValidationError({"receipts": _("Enter the delivery.")})


EFFECTS[MaterialApproval.record_type] = Effects(
    submitted=check_complete, taken={"receive": _received}
)


@dataclass(frozen=True)
class Received:
    """How much of a material came, in its unit."""

    accepted: Decimal
    sent_back: Decimal
    #: By the daily reports, whose unit may differ.
    reported: Decimal


def received_of(approval: MaterialApproval) -> Received:
    """Return what was received under an approval, by its deliveries and by the daily reports."""
    totals = {
        row["result"]: row["total"]
        for row in approval.receipts.order_by()
        .values("result")
        .annotate(total=models.Sum("quantity"))
    }
    lines = MaterialLine.objects.filter(
        report__project=approval.project_id,
        report__state=RecordState.APPROVED,
        received_quantity__gt=0,
        item__iexact=approval.item,
    )
    if approval.standard:
        lines = lines.filter(standard__in=("", approval.standard))
    reported = lines.aggregate(total=models.Sum("received_quantity"))["total"]
    return Received(
        accepted=totals.get(MaterialReceipt.Result.ACCEPTED, Decimal(0)),
        sent_back=totals.get(MaterialReceipt.Result.SENT_BACK, Decimal(0)),
        reported=reported or Decimal(0),
    )


def plain(text: str) -> str:
    """Return a name as it is compared: without spaces, in small letters."""
    return "".join(text.split()).casefold()


def lines_without_approval(report: DailyReport) -> list[tuple[int, MaterialLine, str]]:
    """Return the lines of a report that received material without an approval in force.

    Each with its place and the state of the approval there is, empty where there is none. A line
    is covered by an approved or conditional source of the same name and, where both give one, the
    same standard (domain A.1: only approved material can be received).
    """
    lines = [
        (index, line)
        for index, line in enumerate(report.material_lines.all())
        if line.received_quantity
    ]
    if not lines:
        return []
    rows = MaterialApproval.objects.latest_versions().filter(project=report.project_id)
    known: dict[str, list[tuple[str, str]]] = {}
    for item, standard, state in rows.values_list("item", "standard", "state"):
        known.setdefault(plain(item), []).append((plain(standard), state))
    found = []
    for index, line in lines:
        standard = plain(line.standard)
        states = [
            state
            for other, state in known.get(plain(line.item), ())
            if not (standard and other) or standard == other
        ]
        if not set(states) & set(RECEIVABLE):
            found.append((index, line, states[0] if states else ""))
    return found
