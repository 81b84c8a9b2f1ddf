"""A plan as it was read from a file, before anybody has taken it over."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from pmis.models import WorkGroup, WorkItem
from pmis.network import NotALink, read_links, write_links
from pmis.progress import weights_from_amounts

#: Activities that one file may bring; more belong into several projects.
MOST_ITEMS = 5000
#: Largest file that is read, in bytes: 5,000 tasks of a full MS-Project export are half of it.
LARGEST_FILE = 20 * 1024 * 1024
#: Longest texts, by column: the same as in the tables.
LENGTHS = {
    field.name: field.max_length
    for model in (WorkGroup, WorkItem)
    for field in model._meta.concrete_fields
    if field.max_length
}


@dataclass
class ReadPlan:
    """Work items and what belongs to them, and what is wrong by line or task number."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    milestones: list[dict[str, Any]] = field(default_factory=list)
    #: Fields of the schedule, such as `working_week`.
    fields: dict[str, Any] = field(default_factory=dict)
    site_days: list[dict[str, Any]] = field(default_factory=list)
    #: (row, sentence): rows that could not be read as they stand.
    errors: list[tuple[int, str]] = field(default_factory=list)
    #: Sentences about what the file holds and the plan has no place for.
    not_placed: list[str] = field(default_factory=list)
    #: By code: the row of the file that it came from.
    numbers: dict[str, int] = field(default_factory=dict)

    def add_item(self, number: int, row: dict[str, Any]) -> None:
        """Take in a work item; raise ValueError with the sentence where it is not possible."""
        self._add(number, row, self.rows)

    def add_group(self, number: int, row: dict[str, Any]) -> None:
        """Take in a group of the tree; raise ValueError with the sentence if not possible."""
        self._add(number, row, self.groups)

    def _add(self, number: int, row: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        if row["code"] in self.numbers:
            raise ValueError(_("The code %(code)s stands twice.") % {"code": row["code"]})
        for name, most in LENGTHS.items():
            if len(row.get(name) or "") > most:
                raise ValueError(
                    _("“%(text)s…” is longer than %(most)s characters.")
                    % {"text": row[name][:20], "most": most}
                )
        self.numbers[row["code"]] = number
        rows.append(row)


def complete(plan: ReadPlan) -> ReadPlan:
    """Give weights where there are none, read the links, check the tree; return the plan."""
    if plan.rows and all(row.get("weight") is None for row in plan.rows):
        weights = weights_from_amounts([row.get("amount") or 0 for row in plan.rows])
        for row, weight in zip(plan.rows, weights, strict=True):
            row["weight"] = weight
    codes = {row["code"] for row in plan.rows}
    groups = {row["code"] for row in plan.groups}
    for row in plan.rows:
        _read_predecessors(plan, row, codes)
    for row in (*plan.groups, *plan.rows):
        if row["parent_code"] and row["parent_code"] not in groups:
            sentence = _("There is no group %(code)s; the row stands at the top.")
            plan.errors.append((plan.numbers[row["code"]], sentence % {"code": row["parent_code"]}))
            row["parent_code"] = ""
    plan.errors.sort()
    return plan


def _read_predecessors(plan: ReadPlan, row: dict[str, Any], codes: set[str]) -> None:
    """Bring the predecessors into their one form; say what they name that is not there."""
    number = plan.numbers[row["code"]]
    try:
        links = read_links(row["predecessors"], codes)
    except NotALink as error:
        plan.errors.append((number, not_a_link(error.text)))
        return
    row["predecessors"] = write_links(links)
    for link in links:
        if link.code not in codes:
            plan.errors.append((number, no_predecessor(link.code)))
    if len(row["predecessors"]) > LENGTHS["predecessors"]:
        plan.errors.append((number, _("It has too many predecessors.")))
        row["predecessors"] = ""


def not_a_link(text: str) -> str:
    """Return the sentence about a predecessor that cannot be read."""
    return _("“%(text)s” is no predecessor; write it as A010FS+2d.") % {"text": text}


def no_predecessor(code: str) -> str:
    """Return the sentence about a predecessor that does not exist."""
    return _("There is no work item %(code)s to come before it.") % {"code": code}


def decimal_of(text: str) -> Decimal:
    """Return the number that was written; raise ValueError with the sentence if it is none."""
    try:
        value = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValueError(_("“%(text)s” is no number.") % {"text": text})
    return value


def check_item(row: dict[str, Any]) -> None:
    """Raise ValueError with a sentence for a work item that the tables would refuse."""
    if row["planned_finish_date"] < row["planned_start_date"]:
        raise ValueError(_("The planned finish lies before the planned start."))
    quantity, weight, amount = row["quantity"], row.get("weight"), row["amount"]
    if not 0 < quantity < Decimal(10) ** 15:
        raise ValueError(_("The quantity must be above zero."))
    if weight is not None and not 0 <= weight <= 100:
        raise ValueError(_("The weight must lie between 0 and 100 per cent."))
    if not 0 <= amount < 2**63:
        raise ValueError(_("The amount must not be negative."))
    for name in ("planned_start_date", "planned_finish_date"):
        day: datetime.date = row[name]
        if not 1950 <= day.year <= 2200:
            raise ValueError(_("The year %(year)s cannot be meant.") % {"year": day.year})
