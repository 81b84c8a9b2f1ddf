"""The list of projects on paper and in spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import models
from django.forms import BaseForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ccs.lib.formats import format_amount, format_day, format_rate, major_units
from ccs.templatetags.formats import reader_language
from pmis.models import Project
from pmis.printing.tables import Table
from pmis.views.common import csv_answer
from pmis.views.register_files import (
    CHUNK,
    MOST_EXPORTED,
    MOST_PRINTED,
    Register,
    register_pdf,
    xlsx_answer,
)

#: Of the columns of the spreadsheet, in letters.
WIDTHS = (18, 40, 18, 18, 24, 14, 14, 14, 10, 18, 18, 14, 10, 10, 38)


def project_list_answer(
    request: HttpRequest, rows: models.QuerySet[Project], filters: BaseForm
) -> HttpResponseBase | None:
    """Return the projects in the format that the address asks for, None for the page.

    `rows` are those that the person may see, as filtered on screen, with their rates.
    """
    rows = rows.order_by("-public_id")
    match request.GET.get("format"):
        case "csv":
            return csv_answer("projects", _headings(), _cells(rows), list)
        case "xlsx":
            return xlsx_answer(
                "projects",
                title=_("Projects"),
                headings=_headings(),
                widths=WIDTHS,
                rows=_cells(rows),
            )
        case "pdf":
            count, table = rows.count(), _table(list(rows[:MOST_PRINTED]))
            register = Register("project", "projects", _("Projects"), None, count, table)
            return register_pdf(request, register, filters)
    return None


def _headings() -> list[str]:
    return [
        _("Project code"), _("Name"), _("Type of work"), _("Status"), _("Ordering body"),
        _("Start date"), _("Original completion date"), _("Current completion date"),
        _("Currency"), _("Original cost"), _("Current cost"), _("As of"), _("Planned"),
        _("Actual"), "public_id",
    ]  # fmt: skip


def _cells(rows: models.QuerySet[Project]) -> Iterator[list[Any]]:
    for project in rows[:MOST_EXPORTED].iterator(chunk_size=CHUNK):
        yield [
            project.code,
            project.name,
            str(project.get_work_type_display()),
            str(project.get_state_display()),
            project.ordering_body.name,
            project.start_date,
            project.original_completion_date,
            project.planned_completion_date,
            project.currency,
            _major(project.original_cost_amount, project.currency),
            _major(project.total_cost_amount, project.currency),
            project.rates_date,
            project.planned_rate,
            project.actual_rate,
            str(project.public_id),
        ]


def _major(minor: int | None, currency: str) -> Decimal | None:
    """Return an amount in the unit that people count in, as its currency stands beside it."""
    return None if minor is None else major_units(minor, currency)


def _table(projects: list[Project]) -> Table:
    """Return what fits on paper: both promises of the end, the cost, and how far it is."""
    language = reader_language()

    def day(value: Any) -> str:
        return format_day(value, language) if value else ""

    def rate(value: Any) -> str:
        return "" if value is None else format_rate(value, language)

    def cost(project: Project) -> str:
        amount = project.total_cost_amount
        return "" if amount is None else format_amount(amount, project.currency, language)

    headings = [
        _("Project code"), _("Name"), _("Status"), _("Ordering body"),
        _("Original completion date"), _("Current completion date"), _("Current cost"),
        _("Planned"), _("Actual"),
    ]  # fmt: skip
    rows = [
        [
            project.code,
            project.name,
            str(project.get_state_display()),
            project.ordering_body.name,
            day(project.original_completion_date),
            day(project.planned_completion_date),
            cost(project),
            rate(project.planned_rate),
            rate(project.actual_rate),
        ]
        for project in projects
    ]
    return Table("", headings, rows, [False] * 6 + [True] * 3)
