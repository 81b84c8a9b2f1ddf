"""Design changes and time extensions: worked out, checked, led into the contract."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import RuleValue, User
from pmis import amounts
from pmis.models import (
    Contract,
    ContractAmendment,
    DailyReport,
    DesignChange,
    NonWorkingDay,
    Project,
    Record,
    Schedule,
    TimeExtension,
)
from pmis.services.approvals import EFFECTS, Effects, perform
from pmis.services.contracts import amend_contract

Rule = RuleValue.Key
Amended = ContractAmendment.Kind
Kind = TimeExtension.Kind


def missing_fields(record: Record, names: Iterable[str]) -> dict[str, list[str]]:
    """Return a sentence for every field of `names` in which nothing was entered."""
    return {
        name: [_("Enter: %(field)s.") % {"field": record._meta.get_field(name).verbose_name}]
        for name in names
        if getattr(record, name) in (None, "")
    }


def contract_problem(record: DesignChange | TimeExtension | Any) -> dict[str, list[str]]:
    """Return what is wrong with the contract of a record: another project's, or not signed."""
    contract = record.contract
    if contract is None:
        return {}
    if getattr(record, "amendment_id", None):
        return {"contract": [_("The contract was amended by it already: enter a new one.")]}
    if contract.project_id != record.project_id:
        return {"contract": [_("The contract belongs to another project.")]}
    if contract.state != Contract.State.SIGNED:
        return {"contract": [_("The contract is not in force.")]}
    return {}


# -- Design changes --------------------------------------------------------------------------


def check_design_change(change: DesignChange) -> None:
    """Raise `ValidationError` where a design change does not say what changes and why."""
    errors = missing_fields(change, ("contract", "title", "description"))
    errors |= contract_problem(change)
    if not change.quantity_lines.exists() and change.after_completion_date is None:
        errors["quantity_lines"] = [_("Enter a changed quantity or a new completion date.")]
    if errors:
        raise ValidationError(errors)


def price_lines(change: DesignChange) -> tuple[int, int]:
    """Work out the amounts of the lines; return their sums before and after."""
    lines = list(change.quantity_lines.all())
    for line in lines:
        line.before_amount = amounts.product(line.before_quantity, line.unit_price_amount)
        line.after_amount = amounts.product(line.after_quantity, line.unit_price_amount)
    if lines:
        type(lines[0])._default_manager.bulk_update(lines, ["before_amount", "after_amount"])
    return sum(line.before_amount for line in lines), sum(line.after_amount for line in lines)


def _submit_change(change: DesignChange) -> None:
    """Work out amount and date before and after, and whether the committee is asked."""
    check_design_change(change)
    contract = change.contract
    before, after = price_lines(change)
    change.before_amount = contract.amount
    change.after_amount = contract.amount + after - before
    if change.after_amount < 0:
        raise ValidationError({"quantity_lines": [_("The contract amount would be negative.")]})
    change.before_completion_date = contract.completion_date
    change.needs_committee = asks_committee(change)


def asks_committee(change: DesignChange) -> bool:
    """Return whether the change reaches the part of the original amount set by the rule."""
    limit = RuleValue.objects.on(Rule.COMMITTEE_PERCENT, timezone.localdate())
    original = change.contract.original_amount
    return abs(change.change_amount or 0) * 100 >= limit * original > 0


def earlier_changes(change: DesignChange) -> models.QuerySet[DesignChange]:
    """Return the changes of the same contract that are in force, without this one."""
    changes = DesignChange.objects.approved().filter(contract=change.contract)
    return changes.exclude(public_id=change.public_id)


def is_repeated(change: DesignChange, today: datetime.date) -> bool:
    """Return whether so many changes fell within the months of the rule, or hit one section.

    A section that was changed before within these months counts by itself.
    """
    rules = RuleValue.objects
    months = int(rules.on(Rule.REPEAT_MONTHS, today))
    since = today - datetime.timedelta(days=months * 365 // 12)
    recent = earlier_changes(change).filter(approved_at__date__gte=since)
    if recent.count() + 1 >= rules.on(Rule.REPEAT_COUNT, today):
        return True
    sections = set(change.quantity_lines.values_list("section", flat=True))
    return recent.filter(quantity_lines__section__in=sections).exists()


def _approve_change(change: DesignChange) -> None:
    """Refuse without the committee where it is needed; count what was changed so far."""
    if change.needs_committee and not change.committee_result.strip():
        raise ValidationError(
            {
                "committee_result": _(
                    "This change needs the advisory committee: enter its day and its result."
                )
            }
        )
    before = earlier_changes(change).aggregate(
        count=models.Count("pk"),
        total=models.Sum(models.F("after_amount") - models.F("before_amount")),
    )
    total = (before["total"] or 0) + (change.change_amount or 0)
    change.change_count = before["count"] + 1
    change.cumulative_rate = amounts.rate(total, change.contract.original_amount) or Decimal(0)
    change.is_repeated = is_repeated(change, timezone.localdate())


def _amend_for_change(change: DesignChange, by: User | None) -> None:
    """Sign the amendment: the contract of today changed by as much as was approved."""
    contract = Contract.objects.select_for_update().get(pk=change.contract_id)
    moved = _moved(contract, change.change_days)
    kind = Amended.VALUE if change.change_amount else Amended.SCOPE
    if not change.change_amount and change.change_days:
        kind = Amended.DURATION
    change.amendment = amend_contract(
        contract=contract,
        kind=kind,
        date=change.amended_date,
        reason=f"{change.get_reason_category_display()}: {change.title}",
        by=by,
        after_amount=contract.amount + (change.change_amount or 0),
        after_completion_date=moved,
    )
    change.save(update_fields=["amendment", "updated_at"])


def _moved(contract: Contract, days: int) -> datetime.date | None:
    """Return the completion date of a contract so many days later."""
    if contract.completion_date is None or not days:
        return contract.completion_date
    return contract.completion_date + datetime.timedelta(days=days)


def _link_baseline(change: DesignChange) -> None:
    """Name the schedule that was approved after the amendment.

    Raises ValidationError where none was approved since.
    """
    baseline = Schedule.objects.approved().filter(project=change.project_id).first()
    if baseline is None or timezone.localdate(baseline.approved_at) < change.amended_date:
        raise ValidationError(
            _("No schedule was approved since the contract was amended: correct it first.")
        )
    change.baseline = baseline


EFFECTS[DesignChange.record_type] = Effects(
    submitted=_submit_change,
    approved=_approve_change,
    taken={"rebaseline": _link_baseline},
    after={"amend": _amend_for_change},
)


# -- Time extensions and suspensions -----------------------------------------------------------


def non_working_reports(
    project: Project, first: datetime.date | None, last: datetime.date | None
) -> models.QuerySet[DailyReport]:
    """Return the approved daily reports between two days that say that no work was done."""
    if first is None or last is None:
        return DailyReport.objects.none()
    reports = DailyReport.objects.approved().filter(project=project, is_non_working_day=True)
    return reports.filter(date__range=(first, last)).order_by("date")


def check_time_extension(extension: TimeExtension) -> None:
    """Raise `ValidationError` where it lacks its contract, its days or its period."""
    names = ["contract", "description"]
    if extension.kind == Kind.EXTENSION:
        names.append("days_asked")
    else:
        names.append("suspended_from_date")
    errors = missing_fields(extension, names) | contract_problem(extension)
    if extension.kind == Kind.EXTENSION and extension.ground == TimeExtension.Ground.RAIN:
        period = ("evidence_from_date", "evidence_to_date")
        errors |= missing_fields(extension, period)
    if errors:
        raise ValidationError(errors)


def _submit_extension(extension: TimeExtension) -> None:
    """Count and list the non-working days of the reports, and note the date before."""
    check_time_extension(extension)
    extension.before_completion_date = extension.contract.completion_date
    reports = non_working_reports(
        extension.project, extension.evidence_from_date, extension.evidence_to_date
    )
    extension.evidence_days.all().delete()
    days = [
        NonWorkingDay(
            extension=extension,
            order=order,
            date=report.date,
            cause=report.non_working_reason,
            report=report,
        )
        for order, report in enumerate(reports)
    ]
    NonWorkingDay.objects.bulk_create(days)
    extension.non_working_days = len(days)


def _approve_extension(extension: TimeExtension) -> None:
    if not extension.days_approved:
        raise ValidationError({"days_approved": _("Approve at least one day, or reject it.")})
    _move_date(extension)


def _move_date(extension: TimeExtension) -> None:
    if extension.before_completion_date is not None:
        days = datetime.timedelta(days=extension.days_approved or 0)
        extension.after_completion_date = extension.before_completion_date + days


def _suspend_project(extension: TimeExtension, by: User | None) -> None:
    """Stop the project as well, where it is at work."""
    project = extension.project
    if project.state in (Project.State.COMMENCED, Project.State.ONGOING):
        perform(subject=project, action="suspend", by=by, comment=extension.description)


def _resume(extension: TimeExtension) -> None:
    """Give the days of the stop to the contract."""
    if extension.resumed_date < extension.suspended_from_date:
        raise ValidationError({"resumed_date": _("The work stopped after this day.")})
    extension.days_approved = (extension.resumed_date - extension.suspended_from_date).days
    _move_date(extension)


def _resume_project(extension: TimeExtension, by: User | None) -> None:
    """Let the project go on, unless another suspension still holds."""
    others = TimeExtension.objects.filter(
        project=extension.project_id, state=TimeExtension.State.SUSPENDED
    )
    if extension.project.state == Project.State.SUSPENDED and not others.exists():
        perform(subject=extension.project, action="resume", by=by)


def _amend_for_extension(extension: TimeExtension, by: User | None) -> None:
    """Sign the amendment: the contract of today later by the days approved."""
    contract = Contract.objects.select_for_update().get(pk=extension.contract_id)
    days = extension.days_approved or 0
    reason = f"{extension.get_kind_display()}: {extension.get_ground_display()}"
    extension.amendment = amend_contract(
        contract=contract,
        kind=Amended.DURATION,
        date=extension.amended_date,
        reason=reason,
        by=by,
        after_amount=contract.amount + (extension.cost_amount or 0),
        after_completion_date=_moved(contract, days),
    )
    extension.save(update_fields=["amendment", "updated_at"])


EFFECTS[TimeExtension.record_type] = Effects(
    submitted=_submit_extension,
    taken={"approve": _approve_extension, "resume": _resume},
    after={
        "suspend": _suspend_project,
        "resume": _resume_project,
        "amend": _amend_for_extension,
    },
    possible={
        "approve": lambda extension: extension.kind == Kind.EXTENSION,
        "suspend": lambda extension: extension.kind == Kind.SUSPENSION,
    },
)
