"""Read a schedule from CSV, from a spreadsheet's cells, and write it as CSV again."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterator
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from pmis.services.scheduling.plans import (
    MOST_ITEMS,
    ReadPlan,
    check_item,
    complete,
    decimal_of,
)

#: Columns of a table, with the headings that name them.
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
    "predecessors": ("predecessors", "predecessor", "선행", "선행작업", "선행공종"),
    "parent_code": ("parent", "group", "상위", "상위코드", "상위공종"),
    "organization": ("firm", "responsible firm", "업체", "시공사", "담당업체"),
}
NEEDED = ("code", "name", "quantity", "planned_start_date", "planned_finish_date")
#: A row that has none of these is a group of the tree.
OF_AN_ITEM = ("quantity", "amount", "planned_start_date", "planned_finish_date", "predecessors")


def read_table(text: str, *, currency: str, most: int = MOST_ITEMS) -> ReadPlan:
    """Read work items from CSV, TSV or a spreadsheet's cells.

    The first line may be headings in English or Korean; without headings the columns stand in
    the order of `COLUMNS`. Amounts are in the currency's main unit. A row with nothing but code
    and name is a group; items belong to the group they name, else to the one whose code theirs
    begins with (1.2 holds 1.2.3). Lines that cannot be read are reported by number and left out;
    where no weight is given, weights follow the amounts.
    """
    plan = ReadPlan()
    lines = [(number, cells) for number, cells in _cells(text) if any(cells)]
    if not lines:
        plan.errors.append((1, _("There is nothing to read.")))
        return plan
    order = _headings(lines[0][1])
    body = lines[1:] if order else lines
    columns = order or list(COLUMNS)
    for number, cells in body[:most]:
        try:
            _read_line(plan, number, dict(zip(columns, cells, strict=False)), currency)
        except ValueError as error:
            plan.errors.append((number, str(error)))
    if len(body) > most:
        plan.errors.append((body[most][0], _("Too many lines; the rest was left out.")))
    _find_parents(plan)
    return complete(plan)


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    text = text.lstrip("\ufeff").replace("\x00", "")
    first = text.split("\n", 1)[0]
    delimiter = next((mark for mark in ("\t", ";") if mark in first), ",")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        return


def _headings(cells: list[str]) -> list[str]:
    """Return the columns that a line of headings names, [] where it is no such line."""
    names = {name: column for column, words in COLUMNS.items() for name in words}
    found = [names.get(cell.lower().strip(" ."), "") for cell in cells]
    return found if "code" in found and "name" in found else []


def _read_line(plan: ReadPlan, number: int, cells: dict[str, str], currency: str) -> None:
    texts = {name: cells.get(name, "").lstrip("'") for name in COLUMNS}
    if re.search(r"[;,]", texts["code"]):
        raise ValueError(_("A code has no comma and no semicolon."))
    if texts["code"] and texts["name"] and not any(texts[name] for name in OF_AN_ITEM):
        plan.add_group(number, {name: texts[name] for name in ("code", "name", "parent_code")})
        return
    for column in NEEDED:
        if not texts[column]:
            raise ValueError(_("%(column)s is missing.") % {"column": COLUMNS[column][-1]})
    plan.add_item(number, _item(texts, currency))


def _item(texts: dict[str, str], currency: str) -> dict[str, Any]:
    weight = texts["weight"].rstrip("% ")
    amount = decimal_of(texts["amount"] or "0").scaleb(get_currency_precision(currency))
    row: dict[str, Any] = {
        **texts,
        "quantity": decimal_of(texts["quantity"]),
        "amount": int(amount),
        "weight": decimal_of(weight) if weight else None,
        "planned_start_date": _date(texts["planned_start_date"]),
        "planned_finish_date": _date(texts["planned_finish_date"]),
    }
    check_item(row)
    return row


def _find_parents(plan: ReadPlan) -> None:
    """Put rows without a named group below the group whose code theirs begins with."""
    groups = {row["code"] for row in plan.groups}
    for row in (*plan.groups, *plan.rows):
        code = row["code"]
        while not row["parent_code"] and (cut := re.search(r"[.\-/](?=[^.\-/]*$)", code)):
            code = code[: cut.start()]
            row["parent_code"] = code if code in groups else ""


def _date(text: str) -> datetime.date:
    parts = re.fullmatch(r"(\d{4})[-./ ]+(\d{1,2})[-./ ]+(\d{1,2})\.?", text)
    try:
        year, month, day = map(int, parts.groups()) if parts else (0, 0, 0)
        return datetime.date(year, month, day)
    except ValueError as error:
        raise ValueError(
            _("“%(text)s” is no date; write it as 2026-11-20.") % {"text": text}
        ) from error
