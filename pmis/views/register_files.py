"""Registers on paper and in spreadsheets: PDF, XLSX, CSV."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import models
from django.forms import BaseForm
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from ccs.lib.acting import acting
from ccs.lib.addresses import client_address
from ccs.lib.formats import (
    format_amount,
    format_day,
    format_moment,
    format_number,
    format_rate,
)
from ccs.templatetags.formats import city_zone, reader_language
from pmis.models import Project, Record, RecordState
from pmis.printing.documents import register_content, site_body
from pmis.printing.spreadsheets import CONTENT_TYPE, spreadsheet
from pmis.printing.tables import Table
from pmis.printing.typesetting import TypesettingFailed
from pmis.records.types import Column, RecordType, capital
from pmis.services.documents import Issued, issue_register
from pmis.views.common import csv_answer, safe_cell

#: A spreadsheet of more rows is no register but an export; the API is for that.
MOST_EXPORTED = 20_000
#: Nobody reads more on paper; the spreadsheet holds the rest.
MOST_PRINTED = 2_000
#: Rows fetched at once.
CHUNK = 500
#: Columns of a spreadsheet, in letters: texts, and everything else.
TEXT_WIDTH, OTHER_WIDTH, IDENTITY_WIDTH = 40, 14, 38

log = logging.getLogger(__name__)


def register_answer(
    request: HttpRequest, entry: RecordType, rows: models.QuerySet, project: Project | None
) -> HttpResponseBase | None:
    """Return the register in the format that the address asks for, None for the page.

    `rows` are those that the person may see, as filtered on screen.
    """
    match request.GET.get("format"):
        case "csv":
            return csv_answer(entry.slug, _headings(entry), _exported(entry, rows), list)
        case "xlsx":
            return _xlsx(entry, rows)
        case "pdf":
            return _pdf(request, entry, rows, project)
    return None


# -- Spreadsheets -------------------------------------------------------------------------------


def _xlsx(entry: RecordType, rows: models.QuerySet) -> HttpResponseBase:
    kinds = [column.kind for column in entry.columns]
    widths = [TEXT_WIDTH if kind == "text" else OTHER_WIDTH for kind in kinds]
    return xlsx_answer(
        entry.slug,
        title=entry.label_plural,
        headings=_headings(entry),
        widths=[*widths, OTHER_WIDTH, OTHER_WIDTH, IDENTITY_WIDTH],
        rows=_exported(entry, rows),
    )


def xlsx_answer(
    name: str,
    *,
    title: str,
    headings: Sequence[Any],
    widths: Sequence[int],
    rows: Iterator[list[Any]],
) -> FileResponse:
    """Return rows as a spreadsheet (XLSX), guarded against formulas."""
    file = spreadsheet(
        title=title,
        headings=[safe_cell(str(heading)) for heading in headings],
        widths=widths,
        rows=([safe_cell(_typed(cell)) for cell in row] for row in rows),
        is_rtl=get_language_bidi(),
    )
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPE
    )


def _headings(entry: RecordType) -> list[str]:
    own = [str(column.label) for column in entry.columns]
    return [*own, _("State"), _("Version"), "public_id"]


def _exported(entry: RecordType, rows: models.QuerySet) -> Iterator[list[Any]]:
    """Yield the cells of the register's rows, newest first, for a spreadsheet."""
    for row in _in_order(entry, rows)[:MOST_EXPORTED].iterator(chunk_size=CHUNK):
        yield [
            *(column.value(row) for column in entry.columns),
            str(RecordState(row.state).label),
            row.version_no,
            str(row.public_id),
        ]


def _in_order(entry: RecordType, rows: models.QuerySet) -> models.QuerySet:
    return rows.order_by(f"-{entry.sorted_by}", "-public_id")


def _typed(value: Any) -> Any:
    """Return a cell's value as a spreadsheet can count with it, else its words."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(city_zone()).replace(tzinfo=None)
    if value is None or isinstance(value, bool | int | Decimal | datetime.date | str):
        return value
    return str(value)


# -- Register as a document ---------------------------------------------------------------------


def _pdf(
    request: HttpRequest, entry: RecordType, rows: models.QuerySet, project: Project | None
) -> HttpResponse:
    columns = [column for column in entry.columns if not (project and column.names_project)]
    shown = list(_in_order(entry, rows)[:MOST_PRINTED])
    table = Table(
        heading="",
        headings=[*(str(column.label) for column in columns), _("State")],
        rows=[[*(_text(column, row) for column in columns), _state(row)] for row in shown],
        is_number=[*(column.is_figure for column in columns), False],
    )
    nothing = entry.model._default_manager.none()
    filters = entry.filter_class(request.GET, queryset=nothing, request=request)
    return register_pdf(
        request,
        Register(entry.record_type, entry.slug, entry.label_plural, project, rows.count(), table),
        filters.form,
    )


@dataclass(frozen=True)
class Register:
    """What is printed of a register: its newest rows, and how many there are."""

    record_type: str
    #: Of the file.
    name: str
    label: str
    project: Project | None
    count: int
    table: Table


def register_pdf(request: HttpRequest, register: Register, filters: BaseForm) -> HttpResponse:
    """Return a register as an issued document, or lead back to its page where none came."""
    language, shown = reader_language(), len(register.table.rows)
    moment = format_moment(timezone.now(), language, city_zone())
    content = register_content(
        title=_("Register: %(records)s") % {"records": register.label},
        project=register.project,
        body=str(request.user.organization or site_body()),
        marks=[(_("Rows"), format_number(register.count, language)), (_("As of"), moment)],
        notes=[*_filter_notes(filters), *_length_notes(shown, register.count)],
        table=register.table,
    )
    try:
        with named(request):
            issued = issue_register(
                record_type=register.record_type,
                project=register.project,
                row_count=shown,
                content=content,
                by=request.user,
            )
    except TypesettingFailed:
        log.exception("No PDF of the register of %s", register.record_type)
        messages.error(request, _("The PDF could not be made. Take the spreadsheet instead."))
        return redirect(request.path)
    return pdf_answer(issued, register.name)


def _length_notes(shown: int, count: int) -> list[str]:
    """Return how many rows are not printed."""
    if count <= shown:
        return []
    sentence = ngettext(
        "Of %(count)s row, the newest %(shown)s are printed. The spreadsheet holds the rest.",
        "Of %(count)s rows, the newest %(shown)s are printed. The spreadsheet holds the rest.",
        count,
    )
    language = reader_language()
    numbers = {"count": count, "shown": shown}
    return [sentence % {key: format_number(value, language) for key, value in numbers.items()}]


def _filter_notes(form: BaseForm) -> list[str]:
    """Return the filters in force in words: label and value of each."""
    if not form.is_valid():
        return []
    chosen = []
    for name, value in form.cleaned_data.items():
        if value in (None, "", []):
            continue
        choices = dict(getattr(form.fields[name], "choices", ()))
        shown = choices.get(value, value) if isinstance(value, str) else value
        if isinstance(shown, datetime.date):
            shown = format_day(shown, reader_language())
        chosen.append(f"{form.fields[name].label}: {shown}")
    return [_("Chosen by: %(filters)s") % {"filters": "; ".join(chosen)}] if chosen else []


def _state(row: Record) -> str:
    words = capital(RecordState(row.state).label)
    if row.version_no == 1:
        return words
    return f"{words} ({_('version %(number)s') % {'number': row.version_no}})"


def _text(column: Column, row: Record) -> str:
    """Return a cell as people read it, in the reader's language."""
    value, language = column.value(row), reader_language()
    match column.kind, value:
        case _, None | "":
            return ""
        case "day", datetime.date():
            return format_day(value, language)
        case "number", int() | Decimal():
            return format_number(value, language)
        case "rate", int() | Decimal():
            return format_rate(Decimal(value), language)
        case "amount", int():
            return format_amount(value, row.project.currency, language)
    return str(value)


# -- Answers ------------------------------------------------------------------------------------


def named(request: HttpRequest) -> AbstractContextManager[None]:
    """Name the person to the history: taking a document changes only the log of documents."""
    origin = f"{client_address(request)} {request.method} {request.path}"
    return acting(actor_id=request.user.pk, origin=origin)


def pdf_answer(issued: Issued, name: str) -> HttpResponse:
    """Return an issued document as the answer; `name` is that of the file, without its ending."""
    version = issued.document.version_no
    name = f"{name}-v{version}.pdf" if version else f"{name}-{issued.document.code[:4]}.pdf"
    response = HttpResponse(issued.pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
