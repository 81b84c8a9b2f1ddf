"""One page for all plain forms of the office: main fields, lines, one service, redirect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from pmis.forms.records import LineSpec, Offer, PlainForm, RecordForms, Values, line_indexes
from pmis.models import Project
from pmis.services.projects import require_officer
from pmis.views.common import WorkView


class FormPage(WorkView):
    """A form that calls one service. A subclass says which, and who may open it."""

    form: type[PlainForm]
    lines: Sequence[LineSpec] = ()
    template = "pmis/form.html"
    project: Project | None = None
    tab = "overview"
    title = ""
    hint = ""
    button = ""
    back = ""

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Find what the form is about; raise Http404 or RoleNotAllowed. To be overridden."""
        raise NotImplementedError

    def call(self, fields: dict[str, Any], lines: dict[str, list[dict[str, Any]]]) -> str:
        """Call the service and return where to go on. To be overridden."""
        raise NotImplementedError

    def offer(self) -> Offer:
        """Return what the choices of the form offer."""
        return Offer(currency=self.project.currency if self.project else "KRW")

    def start(self) -> dict[str, Any]:
        """Return the values that the form starts with."""
        return {}

    def start_lines(self) -> dict[str, list[dict[str, Any]]]:
        """Return the lines that the form starts with."""
        return {}

    def require_officer(self, project: Project) -> None:
        """Raise `RoleNotAllowed` unless the person is the project's officer in charge."""
        require_officer(self.request.user, project)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        self.prepare(request, **kwargs)
        return self._page(self._forms(values=Values(self.start(), self.start_lines())))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Add or remove a line, or call the service; come back with what is wrong."""
        self.prepare(request, **kwargs)
        data = request.POST.copy()
        if "add" in data or "remove" in data:
            change_lines(data)
            return self._page(self._forms(data=data))
        forms = self._forms(data=data, validate=True)
        if not forms.is_valid():
            return self._page(forms, status=400)
        try:
            return redirect(self.call(dict(forms.fields), forms.line_values))
        except ValidationError as error:
            forms.add_errors(error)
        return self._page(forms, status=400)

    def make_form(self) -> Any:
        """Return the class of the main form."""
        return self.form

    def _forms(self, **source: Any) -> RecordForms:
        return RecordForms(self.make_form(), self.lines, self.offer(), **source)

    def _page(self, forms: RecordForms, status: int = 200) -> HttpResponse:
        context = {
            "project": self.project,
            "tab": self.tab,
            "nav": "projects",
            "title": self.title,
            "hint": self.hint,
            "button": self.button or _("Save"),
            "back": self.back,
            "forms": forms,
            "main": forms.main,
            "problems": forms.problems(),
            "is_form": True,
        }
        return render(self.request, self.template, context, status=status)


def change_lines(data: Any) -> None:
    """Add an empty line after the last (`add`), or remove one (`remove`)."""
    if name := data.get("add"):
        indexes = line_indexes(data, name)
        data[f"{name}-{indexes[-1] + 1 if indexes else 0}-added"] = "1"
    name, _dash, index = data.get("remove", "").rpartition("-")
    if name and index.isdigit():
        for key in [key for key in data if key.startswith(f"{name}-{index}-")]:
            del data[key]
