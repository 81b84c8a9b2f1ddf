"""Import of a schedule in two steps: the file is read and looked at, then taken over."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ccs.models import User
from pmis.forms.offers import site_firms
from pmis.models import Project, Schedule, ScheduleImport, WorkGroup, WorkItem
from pmis.services.records import require_writer, save_record
from pmis.services.schedules import open_schedule
from pmis.services.scheduling.msproject import NotReadable, read_msproject
from pmis.services.scheduling.plans import LARGEST_FILE, ReadPlan
from pmis.services.scheduling.tables import read_table

#: Rows sent to the database at once.
BATCH = 1000
_DAYS = ("planned_start_date", "planned_finish_date", "planned_date", "date")
_NUMBERS = ("quantity", "weight")


def read_plan(content: bytes, *, project: Project) -> ReadPlan:
    """Read a file of either kind; raise NotReadable where it is neither."""
    if content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith((b"<", b"\x00<")):
        plan = read_msproject(content, currency=project.currency)
    else:
        plan = read_table(_decoded(content), currency=project.currency)
    _find_firms(plan, project)
    return plan


def keep_import(*, project: Project, name: str, content: bytes, by: User) -> ScheduleImport:
    """Read a file and keep what it says until it is taken over; the one before is forgotten.

    Raises RoleNotAllowed where the person does not write schedules here, NotReadable for a file
    that cannot be read.
    """
    require_writer(by, project, Schedule.record_type)
    plan = read_plan(content, project=project)
    kept, _made = ScheduleImport.objects.update_or_create(
        project=project,
        author=by,
        defaults={"file_name": name[-200:], "content": asdict(plan)},
    )
    kept.refresh_from_db()  # Days and numbers are text from here on.
    return kept


def kept_import(*, project: Project, by: User) -> ScheduleImport | None:
    """Return what this person's last file said, if it waits to be taken over."""
    return ScheduleImport.objects.filter(project=project, author=by).first()


@transaction.atomic
def take_over(*, kept: ScheduleImport, by: User) -> Schedule:
    """Put what was read in the place of the work items of the schedule in work.

    Milestones, week and days of the calendar are replaced where the file names some.

    Raises:
        TransitionNotAllowed: the schedule is approved or waits for a decision; a revision of it
            has to be begun first.
        RoleNotAllowed: the actor does not write schedules here.
        ValidationError: by field name.
    """
    plan = kept.content
    lines = {name: _typed_rows(plan[name]) for name in ("milestones", "site_days") if plan[name]}
    schedule = open_schedule(project=kept.project, by=by)
    schedule = save_record(record=schedule, fields=plan["fields"], lines=lines, by=by)
    for name, model, rows in (
        ("work_groups", WorkGroup, plan["groups"]),
        ("work_items", WorkItem, plan["rows"]),
    ):
        getattr(schedule, name).all().delete()
        made = [
            model(schedule=schedule, order=order, **row)
            for order, row in enumerate(_typed_rows(rows))
        ]
        model._default_manager.bulk_create(made, batch_size=BATCH)
    kept.delete()
    return schedule


def _typed_rows(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_typed(row) for row in rows]


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with days and numbers again, as they were before they were kept as text."""
    typed = dict(row)
    for name in _DAYS:
        if name in typed:
            typed[name] = datetime.date.fromisoformat(typed[name])
    for name in _NUMBERS:
        if name in typed:
            typed[name] = Decimal(typed[name] or 0)
    if "organization" in typed:
        typed["organization_id"] = typed.pop("organization") or None
    return typed


def _find_firms(plan: ReadPlan, project: Project) -> None:
    """Replace the names of firms by their keys; say which ones do not work on this site."""
    firms = {str(firm): firm.pk for firm in site_firms(project)}
    unknown = sorted({row["organization"] for row in plan.rows} - set(firms) - {""})
    for row in plan.rows:
        row["organization"] = firms.get(row["organization"])
    if unknown:
        sentence = _("These firms do not work on this site and were left out: %(names)s.")
        plan.not_placed.append(sentence % {"names": ", ".join(unknown[:20])})


def _decoded(content: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 with its mark, or the code page of Korean Excel."""
    if len(content) > LARGEST_FILE:
        raise NotReadable(_("The file is larger than %(size)s MB.") % {"size": LARGEST_FILE >> 20})
    for encoding in ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotReadable(_("The file is neither a table nor an MS-Project XML."))
