"""What all pages of the working side share: visible or 404, role or 403, state or 409."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views import View

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from pmis.models import Project

#: Characters with which a spreadsheet begins a formula (OWASP, CSV injection).
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class WorkView(View):
    """A page of the working side: domain errors become the right answer.

    404 for what a person may not see, 403 for a role they do not hold, 409 for a state that does
    not permit the step.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the request; turn refusals of the services into pages."""
        try:
            response = super().dispatch(request, *args, **kwargs)
        except RoleNotAllowed as error:
            names = ", ".join(map(str, error.roles))
            raise PermissionDenied(_("Only: %(roles)s.") % {"roles": names}) from error
        except TransitionNotAllowed as error:
            return conflict(request, error)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def conflict(request: HttpRequest, error: TransitionNotAllowed) -> HttpResponse:
    """Return the page that says why a step is not possible now (409)."""
    context = {"action": error.action, "state": error.state, "back": request.path}
    return render(request, "pmis/conflict.html", context, status=409)


def visible_project(request: HttpRequest, public_id: UUID) -> Project:
    """Return the project if the person may see it, else raise 404."""
    projects = Project.objects.visible_to(request.user).select_related("ordering_body")
    return get_object_or_404(projects, public_id=public_id)


def say_errors(request: HttpRequest, error: ValidationError) -> None:
    """Show the sentences of an error on the next page."""
    for sentence in error.messages:
        messages.error(request, sentence)


def add_errors(form: BaseForm, error: ValidationError) -> None:
    """Put the errors of a service on a form: by field where it has the field, else at the top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, sentences in error.message_dict.items():
        known = name in form.fields and name != NON_FIELD_ERRORS
        for sentence in sentences:
            form.add_error(name if known else None, sentence)


def problems_of(*forms: BaseForm) -> list[tuple[str, str]]:
    """Return (id of the field, sentence) of all errors of bound forms, for the summary."""
    found = []
    for form in forms:
        for name, sentences in form.errors.items() if form.is_bound else ():
            if name == NON_FIELD_ERRORS:
                first = form[next(iter(form.fields))].id_for_label
                found += [(first, text) for text in sentences]
            else:
                bound = form[name]
                found += [(bound.id_for_label, f"{bound.label}: {text}") for text in sentences]
    return found


def safe_cell(value: Any) -> Any:
    """Return a value for a spreadsheet: text that would begin a formula gets an apostrophe."""
    if isinstance(value, str) and value.lstrip().startswith(FORMULA_MARKS):
        return f"'{value}"
    return "" if value is None else value


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_answer(
    name: str, headings: Sequence[Any], rows: Iterable[Any], cells: Callable[[Any], list[Any]]
) -> StreamingHttpResponse:
    """Stream rows as CSV (UTF-8 with a mark for spreadsheets), guarded against formulas."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow([safe_cell(str(heading)) for heading in headings])
        for row in rows:
            yield writer.writerow([safe_cell(cell) for cell in cells(row)])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
