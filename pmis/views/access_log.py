"""Who saw personal data: for auditors of all projects, for a project's officers of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from ccs.lib.personal_data import labels
from pmis.filters_access import AccessFilter
from pmis.models import PersonalDataAccess
from pmis.paging import keyset_page
from pmis.services.personal_data import visible_accesses
from pmis.services.withdrawals import record_models
from pmis.templatetags.records import role_label
from pmis.views.common import WorkView, csv_answer
from pmis.views.register_files import CHUNK, MOST_EXPORTED, xlsx_answer

#: Rows of a page.
PAGE = 50


class AccessLogView(WorkView):
    """The log, filtered, paged, also as a file. Reading it is logged as well."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show a page of the log, or all that fits the filters as CSV or spreadsheet."""
        filters = AccessFilter(request.GET, queryset=visible_accesses(request.user))
        rows = filters.qs if filters.is_valid() else filters.queryset.none()
        match request.GET.get("format"):
            case "csv":
                return csv_answer("access-log", _headings(), _exported(rows), list)
            case "xlsx":
                return xlsx_answer(
                    "access-log",
                    title=_("Who saw personal data"),
                    headings=_headings(),
                    widths=[20, 20, 24, 20, 30, 30, 30, 8, 40],
                    rows=_exported(rows),
                )
        page = keyset_page(rows, sorted_by="at", size=PAGE, after=request.GET.get("after", ""))
        shown = [{"entry": row, "cells": _cells(row)} for row in page.rows]
        context = {"nav": "projects", "filters": filters, "page": page, "rows": shown}
        return render(request, "pmis/filing/access_log.html", context)


def _headings() -> list[str]:
    return [
        _("Seen at"),
        _("Person"),
        _("Roles"),
        _("Network address"),
        _("Project"),
        _("Record type"),
        _("Personal data"),
        _("Rows"),
        _("Page"),
    ]


def _exported(rows: models.QuerySet[PersonalDataAccess]) -> Iterator[list[Any]]:
    for row in rows[:MOST_EXPORTED].iterator(chunk_size=CHUNK):
        cells = _cells(row)
        yield [
            row.at,
            str(row.user),
            cells["roles"],
            row.address or "",
            row.project.name if row.project else "",
            cells["record_type"],
            cells["item"],
            row.row_count,
            f"{row.method} {row.path}",
        ]


def _cells(row: PersonalDataAccess) -> dict[str, str]:
    """Return the codes of an entry in words."""
    model = record_models().get(row.shown_type)
    words = str(model._meta.verbose_name) if model else row.shown_type
    roles = [str(role_label(role)) for role in row.roles.split(", ") if role]
    return {
        "roles": ", ".join(roles),
        "record_type": words[:1].upper() + words[1:],
        "item": str(labels().get((row.shown_type, row.item), row.item)),
    }
