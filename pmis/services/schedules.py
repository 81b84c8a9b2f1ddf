"""The schedule: written or pasted, checked, revised as a new version with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import User
from pmis.models import Project, Schedule
from pmis.network import NotALink, read_links, write_links
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.contents import Lines
from pmis.services.records import require_writer, save_record
from pmis.services.scheduling import networks
from pmis.services.scheduling.baselines import keep_first_promises
from pmis.services.scheduling.plans import MOST_ITEMS, ReadPlan, not_a_link
from pmis.services.scheduling.tables import read_table

#: More work items than this are imported and exported, and not written line by line in a form.
FORM_ITEMS = 250
#: Weights are entered with rounding; a plan of 99.98 per cent is a slip of the pen.
WEIGHT_TOLERANCE = Decimal("0.01")
#: Sentences of one kind that a page of errors shows.
MOST_SENTENCES = 20


def open_schedule(*, project: Project, by: User) -> Schedule:
    """Return the schedule in work, else the approved one; make the first version where none is.

    Raises RoleNotAllowed where there is none yet and the actor does not write schedules here.
    """
    if schedule := current_schedule(project=project):
        return schedule
    require_writer(by, project, Schedule.record_type)
    try:
        with transaction.atomic():
            return Schedule.objects.create(
                project=project, as_of_date=timezone.localdate(), author=by
            )
    except IntegrityError:
        schedule = current_schedule(project=project)
        if schedule is None:
            raise
        return schedule


def current_schedule(*, project: Project) -> Schedule | None:
    """Return the version in work, else the approved one, else None."""
    versions = Schedule.objects.latest_versions().filter(project=project)
    return versions.order_by("-version_no", "-id").first()


def parse_work_items(text: str, *, currency: str) -> ReadPlan:
    """Read the work items of a table pasted into the form; see `read_table`."""
    return read_table(text, currency=currency, most=FORM_ITEMS)


def is_large(schedule: Schedule | None) -> bool:
    """Return whether a schedule has more work items than a form shows."""
    return schedule is not None and schedule.work_items.count() > FORM_ITEMS


def save_schedule(
    *,
    record: Schedule,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> Schedule:
    """Write the schedule; see `save_record` for the arguments and what is raised.

    Items of a large schedule stand in no form and stay as they are. Predecessors are brought into
    their one form; what the form does not show of an item stays with its code.
    """
    lines = dict(lines or {})
    if is_large(record):
        lines = {name: rows for name, rows in lines.items() if name not in _TREE}
    if "work_items" in lines:
        kept = dict(record.work_items.values_list("code", "resource_loading"))
        lines["work_items"] = _tidy([dict(row) for row in lines["work_items"]])
        for row in lines["work_items"]:
            row.setdefault("resource_loading", kept.get(row["code"], {}))
    return save_record(record=record, fields=fields, lines=lines, by=by, revision=revision)


def check_complete(schedule: Schedule) -> None:
    """Raise `ValidationError` for a schedule that nobody can be asked about.

    It has items, their weights make 100, every predecessor and group is there, and no work items
    wait for each other.
    """
    weights = list(schedule.work_items.values_list("weight", flat=True))
    if not weights:
        raise ValidationError({"work_items": _("Enter at least one work item.")})
    sentences = []
    total = sum(weights, Decimal(0))
    if abs(total - 100) > WEIGHT_TOLERANCE:
        sentence = _("The weights add up to %(total)s per cent; they must make 100.")
        sentences.append(sentence % {"total": f"{total:f}".rstrip("0").rstrip(".")})
    if len(weights) > MOST_ITEMS:
        sentences.append(_("A schedule has at most %(most)s work items.") % {"most": MOST_ITEMS})
    sentences += networks.faults(schedule)
    if sentences:
        raise ValidationError({"work_items": sentences[:MOST_SENTENCES]})


def _submitted(schedule: Schedule) -> None:
    """Check the schedule, work out its network, and write down what was promised first."""
    check_complete(schedule)
    networks.store_places(schedule)
    keep_first_promises(schedule)


_TREE = frozenset({"work_items", "work_groups"})
EFFECTS[Schedule.record_type] = Effects(submitted=_submitted)


def _tidy(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bring predecessors into their one form; raise ValidationError by the field of the line."""
    codes, errors = {row.get("code") for row in rows}, {}
    for index, row in enumerate(rows):
        try:
            row["predecessors"] = write_links(read_links(row.get("predecessors") or "", codes))
        except NotALink as error:
            errors[f"work_items-{index}-predecessors"] = not_a_link(error.text)
    if errors:
        raise ValidationError(errors)
    return rows
