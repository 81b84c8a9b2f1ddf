"""The action items of a project that are not done, and the button that marks one as done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from pmis.models import ActionItem, Project, RecordState
from pmis.services.meetings import finish_item, may_follow, open_items
from pmis.services.roles import roles_of
from pmis.views.common import WorkView, say_errors, visible_project
from pmis.workflows.letters import MEETING_WRITERS


class ActionItemsView(WorkView):
    """All open action items of a project, over all its meetings."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show them, the overdue ones first."""
        project = visible_project(request, project_id)
        roles, today = roles_of(request.user, project), timezone.localdate()
        follows = bool(set(MEETING_WRITERS) & set(roles))
        rows: list[dict[str, Any]] = [
            {
                "item": item,
                "age": item.age_on(today),
                "is_overdue": item.due_date < today,
                "may_finish": follows and may_follow(request.user, item, roles),
            }
            for item in open_items(project)
        ]
        context = {
            "project": project,
            "nav": "projects",
            "tab": "meeting",
            "rows": rows,
            "overdue_count": sum(row["is_overdue"] for row in rows),
            "today": today,
        }
        return render(request, "pmis/projects/action_items.html", context)

    def post(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Mark one item as done; its minutes close with the last one."""
        project = visible_project(request, project_id)
        item = _item_of(project, request.POST.get("item", ""))
        if item is None:
            return redirect(request.path)
        try:
            meeting = finish_item(item=item, note=request.POST.get("note", ""), by=request.user)
        except ValidationError as error:
            say_errors(request, error)
        else:
            goes_on = meeting.action_items.filter(done_date=None).exists()
            words = (
                _("Done.") if goes_on else _("Done. It was the last one: the minutes are closed.")
            )
            messages.success(request, words)
        return redirect(request.path)


def _item_of(project: Project, key: str) -> ActionItem | None:
    """Return the item with a key such as `<public id of the minutes>:2`, None where none fits."""
    public_id, _colon, order = key.partition(":")
    try:
        wanted = {"meeting__public_id": UUID(public_id), "order": int(order)}
    except ValueError:
        return None
    items = ActionItem.objects.filter(
        meeting__project=project, meeting__state=RecordState.OPEN, **wanted
    )
    return items.select_related("meeting__project", "owner__organization").first()
