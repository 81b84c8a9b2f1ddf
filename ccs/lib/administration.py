"""What every table of the administration shares: paging, reading only, steps, history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed, Workflow

#: What a service says when it refuses.
REFUSALS = (RoleNotAllowed, TransitionNotAllowed, PermissionDenied, ValidationError)
HISTORY_ROWS = 200


class Table(admin.ModelAdmin):
    """A table of the administration. Rows of the working life are not deleted here."""

    show_full_result_count = False
    list_per_page = 50
    save_on_top = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: what was once entered stays; it is ended or withdrawn."""
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the database itself wrote down about the row."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        history = self.admin_site.history_of(self.opts.db_table, row.pk, HISTORY_ROWS)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %(row)s") % {"row": row},
            "changes": history,
            "object": row,
            "opts": self.opts,
            "most": HISTORY_ROWS,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/row_history.html", context)

    def refuse_or(
        self, request: HttpRequest, rows: QuerySet, take: Callable[[Any], object], done: str
    ) -> None:
        """Call `take` for each row; say which were done and why the others were not."""
        count = 0
        for row in rows:
            try:
                take(row)
                count += 1
            except REFUSALS as error:
                self.message_user(request, f"{row}: {reason_of(error)}", messages.ERROR)
        if count:
            self.message_user(request, done % {"count": count}, messages.SUCCESS)


def reason_of(error: Exception) -> str:
    """Return why a service refused, for the person who asked."""
    match error:
        case RoleNotAllowed():
            roles = ", ".join(str(role) for role in error.roles)
            return _("only these roles may do this: %(roles)s") % {"roles": roles}
        case TransitionNotAllowed():
            return _("not possible in the state “%(state)s”") % {"state": error.state}
        case ValidationError():
            return " ".join(error.messages)
    return str(error)


class ReadOnly:
    """A table or inline that is looked at: logs, published texts, approved records."""

    def has_add_permission(self, *args: Any, **kwargs: Any) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, *args: Any, **kwargs: Any) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, *args: Any, **kwargs: Any) -> bool:
        """Return False."""
        return False


class ReadOnlyTable(ReadOnly, Table):
    """A table that is only looked at."""


class Lines(admin.TabularInline):
    """Lines below a row."""

    extra = 0
    show_change_link = False


class ReadOnlyLines(ReadOnly, Lines):
    """Lines that are only looked at."""

    can_delete = False


class Steps:
    """Statuses, changed by the workflow's steps: one action each, through the service.

    A step that needs a reason asks for it on a page of its own.
    """

    workflow: Workflow
    #: Takes one step: the service of the app.
    perform: Callable[..., models.Model]
    step_labels: dict[str, Any]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the table's actions and those of its workflow."""
        actions = super().get_actions(request)
        if not self.has_change_permission(request):
            return actions
        for name in dict.fromkeys(row.action for row in self.workflow):
            label = self.step_labels.get(name, name)
            actions[f"step_{name}"] = (_step(name), f"step_{name}", label)
        return actions

    def take_step(self, request: HttpRequest, rows: QuerySet, name: str) -> HttpResponse | None:
        """Take the step for the chosen rows, after asking for a reason where one is needed."""
        reason = request.POST.get("reason", "").strip()
        needed = any(row.needs_reason for row in self.workflow if row.action == name)
        if needed and not reason:
            context = {
                **self.admin_site.each_context(request),
                "title": self.step_labels.get(name, name),
                "rows": rows,
                "action": f"step_{name}",
                "opts": self.opts,
                "asked": "reason" in request.POST,
            }
            return TemplateResponse(request, "admin/step_reason.html", context)
        perform = type(self).perform
        self.refuse_or(
            request,
            rows,
            lambda row: perform(subject=row, action=name, by=request.user, comment=reason),
            _("%(count)d done."),
        )
        return None


def _step(name: str) -> Callable[..., HttpResponse | None]:
    def action(table: Any, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
        return table.take_step(request, rows, name)

    return action


#: The words for steps of workflows, wherever one is offered.
STEP_LABELS = {
    "submit": gettext_lazy("Submit"),
    "recall": gettext_lazy("Recall"),
    "confirm": gettext_lazy("Confirm"),
    "approve": gettext_lazy("Approve"),
    "return": gettext_lazy("Return with a reason"),
    "register": gettext_lazy("Register: public from here on"),
    "contract": gettext_lazy("Contract signed"),
    "commence": gettext_lazy("Commence"),
    "progress": gettext_lazy("Under construction"),
    "suspend": gettext_lazy("Suspend with a reason"),
    "resume": gettext_lazy("Resume"),
    "inspect": gettext_lazy("Completion inspection"),
    "complete": gettext_lazy("Complete"),
    "hand_over": gettext_lazy("Begin the defect liability period"),
    "close": gettext_lazy("Close"),
    "terminate": gettext_lazy("Terminate with a reason"),
    "sign": gettext_lazy("Sign: public from here on"),
    "notify": gettext_lazy("Notify"),
}
