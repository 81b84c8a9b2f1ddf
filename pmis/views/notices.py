"""Notices with receipts, and the choice of messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.workflow import RoleNotAllowed
from pmis.forms.notices import MessageForm, NoticeForm
from pmis.models import MessageChoice, Notice, NoticeReceipt
from pmis.paging import keyset_page
from pmis.services.notices import (
    WRITERS,
    audiences_of,
    confirm_read,
    may_see_readers,
    may_write_notices,
    recipients_of,
    visible_notices,
    withdraw_notice,
    write_notice,
)
from pmis.views.common import WorkView, add_errors, problems_of

PAGE = 30
#: Names shown of those who have read and who have not.
MOST_NAMES = 500


class NoticeListView(WorkView):
    """The notices for me, those I wrote, or all; the newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of notices with my receipts."""
        rows = visible_notices(request.user)
        tab = request.GET.get("tab", "mine")
        addressed = Notice.objects.addressed_to(request.user, timezone.localdate())
        if tab == "written":
            rows = rows.filter(author=request.user)
        elif tab != "all":
            tab, rows = "mine", addressed
        page = keyset_page(
            rows.select_related("author", "project", "ordering_body"),
            sorted_by="public_id",
            size=PAGE,
            after=request.GET.get("after", ""),
        )
        receipts = NoticeReceipt.objects.filter(notice__in=page.rows, user=request.user)
        moments = dict(receipts.values_list("notice", "at"))
        shown = addressed.filter(pk__in=[row.pk for row in page.rows])
        mine = set(shown.values_list("pk", flat=True))
        for notice in page.rows:
            notice.read_at = moments.get(notice.pk)
            notice.is_mine = notice.pk in mine
        context = {
            "page": page,
            "tab": tab,
            "may_write": may_write_notices(request.user),
            "nav": "notices",
        }
        return render(request, "pmis/notices/list.html", context)


class NoticeWriteView(WorkView):
    """Write a notice."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(NoticeForm(audiences=self._audiences()))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Publish the notice, or come back with what is wrong."""
        form = NoticeForm(request.POST, audiences=self._audiences())
        if form.is_valid():
            try:
                notice = write_notice(**form.cleaned_data, by=request.user)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("The notice is published."))
                return redirect("pmis:notice-detail", notice.public_id)
        return self._page(form, status=400)

    def _audiences(self) -> list[Any]:
        if not may_write_notices(self.request.user):
            raise RoleNotAllowed(action="write", roles=[str(role.label) for role in WRITERS])
        return audiences_of(self.request.user)

    def _page(self, form: NoticeForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "problems": problems_of(form), "is_form": True, "nav": "notices"}
        return render(self.request, "pmis/notices/form.html", context, status=status)


class NoticeView(WorkView):
    """A notice: its text, my receipt, and for its author who has read it."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Show the notice."""
        notice = self._notice(public_id)
        today = timezone.localdate()
        receipts = list(notice.receipts.select_related("user__organization")[:MOST_NAMES])
        context: dict[str, Any] = {
            "notice": notice,
            "is_mine": Notice.objects.addressed_to(request.user, today)
            .filter(pk=notice.pk)
            .exists(),
            "receipt": next((row for row in receipts if row.user_id == request.user.pk), None),
            "may_withdraw": notice.author_id == request.user.pk and not notice.withdrawn_at,
            "nav": "notices",
        }
        if may_see_readers(request.user, notice):
            read = {row.user_id for row in receipts}
            context["receipts"] = receipts
            context["unread"] = list(recipients_of(notice).exclude(pk__in=read)[:MOST_NAMES])
        return render(request, "pmis/notices/notice.html", context)

    def _notice(self, public_id: UUID) -> Notice:
        rows = visible_notices(self.request.user)
        rows = rows.select_related("author__organization", "project", "ordering_body")
        return get_object_or_404(rows, public_id=public_id)


class NoticeReadView(NoticeView):
    """Confirm a notice as read and understood."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Write the receipt."""
        confirm_read(notice=self._notice(public_id), by=request.user)
        messages.success(request, _("Noted: read and understood."))
        return redirect("pmis:notice-detail", public_id)


class NoticeWithdrawView(NoticeView):
    """Take a notice back."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Take it back."""
        withdraw_notice(notice=self._notice(public_id), by=request.user)
        messages.success(request, _("The notice is taken back."))
        return redirect("pmis:notice-detail", public_id)


class MessageChoiceView(WorkView):
    """What a person wants to be told by mail and short message."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the choice."""
        return self._page(MessageForm(instance=self._choice()))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the choice."""
        form = MessageForm(request.POST, instance=self._choice())
        if form.is_valid():
            form.save()
            messages.success(request, _("Saved."))
            return redirect("pmis:messages")
        return self._page(form, status=400)

    def _choice(self) -> MessageChoice:
        user = self.request.user
        return MessageChoice.objects.filter(user=user).first() or MessageChoice(user=user)

    def _page(self, form: MessageForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "problems": problems_of(form), "nav": "notices"}
        return render(self.request, "pmis/notices/messages.html", context, status=status)
