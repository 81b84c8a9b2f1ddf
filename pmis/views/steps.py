"""What is done with a record: steps of its workflow, correction, withdrawal, release of a text."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ccs.lib.grounds import Ground
from ccs.lib.workflow import RoleNotAllowed, Transition
from pmis.forms.steps import StepForms
from pmis.models import Record
from pmis.services.approvals import available_actions, perform
from pmis.services.photos import add_photo
from pmis.services.records import correct_record, discard_version, may_write
from pmis.services.screening import release_text
from pmis.services.stored_files import size_limit_mb, store_file
from pmis.services.withdrawals import (
    lift_withdrawal,
    withdraw_record,
    withdrawal_in_force,
    withdrawing_role,
)
from pmis.templatetags.records import step_label
from pmis.views.common import say_errors
from pmis.views.forms import change_lines
from pmis.views.records import RecordView


class RecordTransitionView(RecordView):
    """One step of the workflow. The address names the action; the engine does the rest."""

    action: str = ""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Ask for the reason, and for what the step fills in, on a page of its own."""
        record = self.record_or_404(public_id)
        row = self._row(record)
        if row is None:
            return redirect(self.url("detail", public_id))
        return self._page(record, row, self._forms(record, row))

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Take the step, or say what is missing."""
        record = self.record_or_404(public_id)
        row = self._row(record)
        forms = None
        if row is not None and row.has_form:
            data = request.POST.copy()
            if "add" in data or "remove" in data:
                change_lines(data)
                return self._page(record, row, self._forms(record, row, data=data))
            if button := next((name for name in self.type.step_buttons if name in data), ""):
                self.type.step_buttons[button](record, data)
                return self._page(record, row, self._forms(record, row, data=data))
            forms = self._forms(record, row, data=data, validate=True)
            if not forms.is_valid():
                return self._page(record, row, forms, status=400)
        try:
            record = self._perform(record, forms)
        except ValidationError as error:
            if row is None or not row.has_form:
                say_errors(request, error)
                page = "check" if self.action == "submit" else "detail"
                return redirect(self.url(page, public_id))
            return self._page(record, row, cast(StepForms, forms), error=error, status=400)
        messages.success(request, _done(self.action, record))
        return redirect(_next(request) or self.url("detail", public_id))

    @transaction.atomic
    def _perform(self, record: Record, forms: StepForms | None) -> Record:
        revision = self.request.POST.get("revision", "")
        lines = dict(forms.lines) if forms else {}
        if forms and forms.photo_lines:
            lines[forms.photo_lines] = [
                {"photo": add_photo(project=record.project, file=file, by=self.request.user)}
                for file in self.request.FILES.getlist("photos")
            ]
        if forms and forms.file_lines:
            lines[forms.file_lines] = self._stored(record)
        return perform(
            subject=record,
            action=self.action,
            by=self.request.user,
            comment=self.request.POST.get("comment", ""),
            revision=int(revision) if revision.isdigit() else None,
            fields=forms.forms.fields if forms else None,
            lines=lines,
        )

    def _stored(self, record: Record) -> list[dict[str, Any]]:
        """Keep the files of the form with the checks of every upload; name all that are wrong."""
        stored, faults = [], []
        for file in self.request.FILES.getlist("files"):
            try:
                row = store_file(project=record.project, file=file, by=self.request.user)
            except ValidationError as error:
                faults += error.messages
            else:
                stored.append({"file": row})
        if faults:
            raise ValidationError({"files": faults})
        return stored

    def _file_problems(self, error: ValidationError | None) -> list[str]:
        """Return what is wrong with the files; a page shown again has lost those chosen."""
        faults = _apart(error, "files")
        if self.request.FILES.getlist("files") and not faults:
            faults = [_("Choose the files again: a page cannot keep them.")]
        return faults

    def _row(self, record: Record) -> Transition | None:
        rows = available_actions(record, self.request.user)
        return next((row for row in rows if row.action == self.action), None)

    def _forms(self, record: Record, row: Transition, **source: Any) -> StepForms:
        return StepForms(row, record, (*self.type.step_lines, *self.type.lines), **source)

    def _page(
        self,
        record: Record,
        row: Transition,
        forms: StepForms,
        *,
        error: ValidationError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        if error is not None:
            forms.forms.add_errors(_of_fields(error))
        reasons, faults = _apart(error, "comment"), self._file_problems(error)
        rows = available_actions(record, self.request.user)
        for group in forms.groups:
            group["template"] = self.type.step_templates.get(group["name"], "")
        context = self.page(
            record=record,
            project=record.project,
            action=self.action,
            row=row,
            # Results of one step with the same form, such as passed and failed, on one page.
            results=[other for other in rows if other.has_same_form(row)],
            step=forms,
            tab=self.type.record_type,
            heading=self.type.heading_of(record),
            reason_problems=reasons,
            file_problems=faults,
            file_limit=size_limit_mb(),
            problems=[
                *(("comment", text) for text in reasons),
                *forms.problems(),
                *(("files", text) for text in faults),
            ],
            comment=self.request.POST.get("comment", ""),
            is_form=True,
        )
        return render(self.request, "pmis/records/transition.html", context, status=status)


def _apart(error: ValidationError | None, key: str) -> list[str]:
    """Return the sentences about what is no field of the form: `comment`, `files`."""
    if error is None or not hasattr(error, "error_dict"):
        return []
    return error.message_dict.get(key, [])


def _of_fields(error: ValidationError) -> ValidationError:
    if not hasattr(error, "error_dict"):
        return error
    apart = ("comment", "files")
    return ValidationError({k: v for k, v in error.message_dict.items() if k not in apart})


class RecordCorrectView(RecordView):
    """Begin a correction: a new version with its reason."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Ask for the reason."""
        record = self.record_or_404(public_id)
        if not may_write(request.user, record.project, self.type.record_type, record):
            raise RoleNotAllowed(action="correct", roles=[])
        return self._page(record)

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Make the new version and open its form."""
        record = self.record_or_404(public_id)
        try:
            correct_record(record=record, reason=request.POST.get("reason", ""), by=request.user)
        except ValidationError as error:
            return self._page(record, error)
        key = self.type.key_of(record)
        return redirect(self.url("write", record.project.public_id, key))

    def _page(self, record: Record, error: ValidationError | None = None) -> HttpResponse:
        context = self.page(
            record=record,
            project=record.project,
            tab=self.type.record_type,
            heading=self.type.heading_of(record),
            problems=error.messages if error else [],
        )
        status = 400 if error else 200
        return render(self.request, "pmis/records/correct.html", context, status=status)


class RecordDiscardView(RecordView):
    """Throw a correction away that was never submitted."""

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Delete the version in work; the approved one stays as it is."""
        discard_version(record=self.record_or_404(public_id), by=request.user)
        messages.success(request, _("The correction was discarded; nothing has changed."))
        return redirect(self.url("detail", public_id))


class RecordWithdrawView(RecordView):
    """Take a public record back, with ground and reason; or lift that again."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Ask for ground and reason."""
        record = self.record_or_404(public_id)
        withdrawing_role(request.user, record.project)
        return self._page(record)

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Withdraw, or lift the withdrawal in force."""
        record = self.record_or_404(public_id)
        current = withdrawal_in_force(record_type=self.type.record_type, public_id=record.public_id)
        try:
            if current and request.POST.get("step") == "lift":
                lift_withdrawal(withdrawal=current, by=request.user)
                messages.success(request, _("The withdrawal is lifted; the record is public."))
            else:
                withdraw_record(
                    record_type=self.type.record_type,
                    public_id=record.public_id,
                    ground=request.POST.get("ground", ""),
                    reason=request.POST.get("reason", ""),
                    by=request.user,
                )
                messages.success(request, _("The record is withdrawn."))
        except ValidationError as error:
            return self._page(record, error)
        return redirect(self.url("detail", public_id))

    def _page(self, record: Record, error: ValidationError | None = None) -> HttpResponse:
        context = self.page(
            record=record,
            project=record.project,
            tab=self.type.record_type,
            heading=self.type.heading_of(record),
            grounds=Ground.choices,
            withdrawal=withdrawal_in_force(
                record_type=self.type.record_type, public_id=record.public_id
            ),
            problems=error.messages if error else [],
            posted=self.request.POST,
        )
        status = 400 if error else 200
        return render(self.request, "pmis/records/withdraw.html", context, status=status)


class RecordReleaseView(RecordView):
    """Let a text that looks like personal data be published, with a reason."""

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Release the text; what is wrong is said on the record's page."""
        record = self.record_or_404(public_id)
        try:
            release_text(
                record=record,
                text_sha256=request.POST.get("text", ""),
                reason=request.POST.get("reason", ""),
                by=request.user,
            )
            messages.success(request, _("The text is released and will be published."))
        except ValidationError as error:
            say_errors(request, error)
        return redirect(self.url("detail", public_id))


def _done(action: str, record: Record) -> str:
    if action == "approve" and record.is_in_force:
        return _("Approved. The public sees it within a second.")
    return step_label(action)


def _next(request: HttpRequest) -> str:
    """Return where to go on: only a path of the working side."""
    target = request.POST.get("next", "")
    return target if target.startswith("/pmis/") and "\\" not in target else ""
