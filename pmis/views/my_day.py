"""My day, and the inbox of approvals with its batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ccs.lib.extensions import disclosure_of
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import Approval, Project
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.selectors import (
    approval_url,
    expiring_guarantees,
    my_day,
    office_counts,
    records_of,
    title_of,
)
from pmis.services.approvals import perform
from pmis.services.escalation import escalated_to
from pmis.services.inbox import deciding_roles, waiting_for
from pmis.services.notices import unread_notices
from pmis.services.search import my_filters
from pmis.views.common import WorkView

#: Rows of the inbox; the oldest first.
INBOX = 60


class MyDayView(WorkView):
    """Business mode: my sites, the most urgent first. Administration mode: all projects."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the day."""
        context: dict[str, Any] = {
            "day": my_day(request.user),
            "today": timezone.localdate(),
            "now": timezone.now(),
            "nav": "today",
            "unread_notices": unread_notices(request.user),
            "my_filters": my_filters(request.user),
            "escalated": [
                (approval, approval_url(approval)) for approval in escalated_to(request.user)
            ],
        }
        if request.user.sees_all_projects:
            context["office"] = office_counts()
            context["office_guarantees"] = expiring_guarantees(
                Project.objects.under_construction(), timezone.localdate()
            )
        return render(request, "pmis/my_day.html", context)


@dataclass(frozen=True)
class InboxRow:
    """One approval in the inbox."""

    approval: Approval
    record: Any
    title: str
    url: str
    #: What a decider should look at before deciding; empty where nothing stands out.
    notes: list[str]
    may_batch: bool

    @property
    def is_clean(self) -> bool:
        """Whether it may be approved without opening it."""
        return self.may_batch and not self.notes

    @property
    def deciders(self) -> list[str]:
        """The roles that may take the next step."""
        return [str(Role(role).label) for role in deciding_roles(self.approval)]

    @property
    def value(self) -> str:
        """What the box of the row sends: the version that was seen."""
        return f"{self.approval.public_id}:{self.record.revision}" if self.record else ""


class ApprovalsView(WorkView):
    """The inbox: my turn, waiting for others, done. Clean ones are decided in one step."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one of the three tabs."""
        tab = request.GET.get("tab", "mine")
        waiting = waiting_for(request.user)
        projects = Project.objects.visible_to(request.user)
        others = Approval.objects.pending().filter(project__in=projects)
        others = others.exclude(pk__in=waiting.values("pk"))
        done = Approval.objects.filter(
            models.Exists(
                Approval.events.rel.related_model.objects.filter(
                    approval=models.OuterRef("pk"), by=request.user
                ).exclude(action="submit")
            )
        )
        chosen = {
            "others": others.order_by("submitted_at"),
            "done": done.order_by("-decided_at", "-submitted_at"),
        }.get(tab, waiting.order_by("submitted_at"))
        rows = _rows(list(chosen.select_related("project", "drafter")[:INBOX]))
        context = {
            "tab": tab if tab in ("others", "done") else "mine",
            "rows": rows,
            "clean": [row for row in rows if row.is_clean],
            "mine_count": waiting.count(),
            "others_count": others.count(),
            "disclosure": disclosure_of("daily_report"),
            "nav": "approvals",
        }
        return render(request, "pmis/approvals.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Approve or return what was picked; name each that could not be decided."""
        picked = [value.partition(":") for value in request.POST.getlist("pick")]
        approvals = {
            str(approval.public_id): (approval, revision)
            for approval in waiting_for(request.user)
            .filter(public_id__in=[key for key, _colon, _revision in picked if _is_uuid(key)])
            .select_related("project")
            for key, _colon, revision in picked
            if key == str(approval.public_id)
        }
        if not approvals:
            messages.error(request, _("Pick at least one that waits for you."))
            return redirect("pmis:approvals")
        is_return = request.POST.get("step") == "return"
        comment = request.POST.get("comment", "")
        if is_return and not comment.strip():
            messages.error(request, _("Say why: the reason is shown to the author."))
            return redirect("pmis:approvals")
        refused = []
        for approval, revision in approvals.values():
            refused += _decide(
                approval, revision, by=request.user, comment=comment, is_return=is_return
            )
        _report(request, len(approvals) - len(refused), refused, is_return=is_return)
        return redirect("pmis:approvals")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _decide(
    approval: Approval, revision: str, *, by: User, comment: str, is_return: bool
) -> list[str]:
    """Take the step of one approval; return its title and why, if it could not be taken."""
    entry = REGISTRY.get(approval.record_type)
    if entry is None or not entry.may_batch:
        return [_("%(title)s: has to be opened") % {"title": title_of(approval)}]
    record = entry.model._default_manager.filter(
        public_id=approval.record_public_id, version_no=approval.version_no
    ).first()
    try:
        with transaction.atomic():
            perform(
                subject=record,
                action="return" if is_return else approval.current_action,
                by=by,
                comment=comment,
                revision=int(revision) if revision.isdigit() else None,
            )
    except TransitionNotAllowed:
        why = _("somebody changed or decided it meanwhile")
    except (RoleNotAllowed, PermissionDenied):
        why = _("not your decision")
    except ValidationError as error:
        why = " ".join(error.messages)
    else:
        return []
    return [f"{title_of(approval)}: {why}"]


def _report(request: HttpRequest, done: int, refused: list[str], *, is_return: bool) -> None:
    if done and is_return:
        text = ngettext("%(count)s was returned.", "%(count)s were returned.", done)
        messages.success(request, text % {"count": done})
    elif done:
        text = ngettext("%(count)s was decided.", "%(count)s were decided.", done)
        messages.success(request, text % {"count": done})
    for sentence in refused:
        messages.error(request, sentence)


def _rows(approvals: list[Approval]) -> list[InboxRow]:
    records = records_of(approvals)
    return [
        InboxRow(
            approval=approval,
            record=records[approval.public_id],
            title=title_of(approval),
            url=approval_url(approval),
            notes=_notes(approval, records[approval.public_id]),
            may_batch=REGISTRY[approval.record_type].may_batch,
        )
        for approval in approvals
    ]


def _notes(approval: Approval, record: Any) -> list[str]:
    """Return what stands out in a record that waits."""
    if not REGISTRY[approval.record_type].may_batch:
        return [_("Has to be opened by itself.")]
    found = []
    if getattr(record, "is_late", False):
        found.append(_("Submitted late."))
    if getattr(record, "had_accident", False):
        found.append(_("Reports an accident."))
    if getattr(record, "photo_count", 1) == 0 and not record.is_non_working_day:
        found.append(_("Without a photo."))
    if record and record.version_no > 1:
        found.append(_("Corrects version %(number)s.") % {"number": record.version_no - 1})
    return found
