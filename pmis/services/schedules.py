"""The schedule: work items written or pasted as CSV, revised as a new version with a reason."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import User
from pmis.models import Project, Schedule
from pmis.progress import weights_from_amounts
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.records import require_writer

#: Columns of a pasted table, with the headings that name them.
COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "wbs", "코드", "공종코드"),
    "name": ("name", "work item", "activity", "공종", "공종명", "작업"),
    "unit": ("unit", "단위"),
    "quantity": ("quantity", "qty", "수량", "물량"),
    "amount": ("amount", "cost", "금액"),
    "weight": ("weight", "weight %", "가중치", "보할"),
    "planned_start_date": ("start", "planned start", "시작", "시작일", "착수일"),
    "planned_finish_date": ("finish", "planned finish", "end", "종료", "종료일", "완료일"),
    "location": ("location", "place", "위치"),
}
NEEDED = ("code", "name", "quantity", "planned_start_date", "planned_finish_date")
MOST_ITEMS = 500
#: Weights are entered with rounding; a plan of 99.98 per cent is a slip of the pen.
WEIGHT_TOLERANCE = Decimal("0.01")


@dataclass
class Parsed:
    """Work items read from pasted text, and what is wrong by line number."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


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


def parse_work_items(text: str, *, currency: str) -> Parsed:
    """Read work items from pasted CSV, TSV or a spreadsheet's cells.

    The first line may be headings in English or Korean; without headings the columns stand in
    the order of `COLUMNS`. Amounts are in the currency's main unit. Lines that cannot be read are
    reported by number and left out; where no weight is given, weights follow the amounts.
    """
    parsed = Parsed()
    lines = [(number, cells) for number, cells in _cells(text) if any(cells)]
    if not lines:
        parsed.errors.append((1, _("There is nothing to read.")))
        return parsed
    order = _headings(lines[0][1])
    body = lines[1:] if order else lines
    columns = order or list(COLUMNS)
    seen: set[str] = set()
    for number, cells in body[:MOST_ITEMS]:
        _read_line(parsed, number, dict(zip(columns, cells, strict=False)), currency, seen)
    if len(body) > MOST_ITEMS:
        parsed.errors.append((body[MOST_ITEMS][0], _("Too many lines; the rest was left out.")))
    if parsed.rows and all(row.get("weight") is None for row in parsed.rows):
        weights = weights_from_amounts([row.get("amount") or 0 for row in parsed.rows])
        for row, weight in zip(parsed.rows, weights, strict=True):
            row["weight"] = weight
    return parsed


def check_complete(schedule: Schedule) -> None:
    """Raise `ValidationError` where a schedule has no items or its weights do not make 100."""
    weights = list(schedule.work_items.values_list("weight", flat=True))
    if not weights:
        raise ValidationError({"work_items": _("Enter at least one work item.")})
    total = sum(weights, Decimal(0))
    if abs(total - 100) > WEIGHT_TOLERANCE:
        raise ValidationError(
            {
                "work_items": _("The weights add up to %(total)s per cent; they must make 100.")
                % {"total": f"{total:f}".rstrip("0").rstrip(".")}
            }
        )


EFFECTS[Schedule.record_type] = Effects(submitted=check_complete)


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = next((mark for mark in ("\t", ";") if mark in first), ",")
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    for cells in reader:
        yield reader.line_num, [cell.strip() for cell in cells]


def _headings(cells: list[str]) -> list[str]:
    """Return the columns that a line of headings names, [] where it is no such line."""
    names = {name: column for column, words in COLUMNS.items() for name in words}
    found = [names.get(cell.lower().strip(" ."), "") for cell in cells]
    return found if "code" in found and "name" in found else []


def _read_line(
    parsed: Parsed, number: int, cells: dict[str, str], currency: str, seen: set[str]
) -> None:
    try:
        row = _row(cells, currency)
        if row["code"] in seen:
            raise ValueError(_("The code %(code)s stands twice.") % {"code": row["code"]})
    except ValueError as error:
        parsed.errors.append((number, str(error)))
        return
    seen.add(row["code"])
    parsed.rows.append(row)


def _row(cells: dict[str, str], currency: str) -> dict[str, Any]:
    for column in NEEDED:
        if not cells.get(column):
            raise ValueError(_("%(column)s is missing.") % {"column": COLUMNS[column][-1]})
    row: dict[str, Any] = {name: cells.get(name, "") for name in ("code", "name", "unit")}
    row["location"] = cells.get("location", "")
    row["quantity"] = _decimal(cells["quantity"])
    amount = cells.get("amount") or "0"
    row["amount"] = int(_decimal(amount).scaleb(get_currency_precision(currency)))
    row["weight"] = _decimal(cells["weight"].rstrip("% ")) if cells.get("weight") else None
    row["planned_start_date"] = _date(cells["planned_start_date"])
    row["planned_finish_date"] = _date(cells["planned_finish_date"])
    if row["planned_finish_date"] < row["planned_start_date"]:
        raise ValueError(_("The planned finish lies before the planned start."))
    return row


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValueError(_("“%(text)s” is no number.") % {"text": text})
    return value


def _date(text: str) -> datetime.date:
    parts = re.fullmatch(r"(\d{4})[-./ ]+(\d{1,2})[-./ ]+(\d{1,2})\.?", text)
    try:
        year, month, day = map(int, parts.groups()) if parts else (0, 0, 0)
        return datetime.date(year, month, day)
    except ValueError as error:
        raise ValueError(
            _("“%(text)s” is no date; write it as 2026-11-20.") % {"text": text}
        ) from error
