"""The generic pages of all record types: register, record, versions, steps, print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ccs.lib.extensions import disclosure_of, held_texts, publication_of, publications_of
from ccs.lib.grounds import Ground
from ccs.lib.workflow import RoleNotAllowed, Transition
from pmis.forms.records import RecordForms, Values, mark_changes
from pmis.forms.steps import StepForms
from pmis.models import IN_FORCE, Record, RecordState
from pmis.paging import keyset_page
from pmis.records import RecordType
from pmis.services.approvals import approval_line, available_actions, open_approval, perform
from pmis.services.photos import add_photo
from pmis.services.records import correct_record, discard_version, may_write, way_of
from pmis.services.screening import release_text
from pmis.services.search import register_filters
from pmis.services.withdrawals import (
    lift_withdrawal,
    withdraw_record,
    withdrawal_in_force,
    withdrawing_role,
)
from pmis.templatetags.records import role_label, step_label
from pmis.views.common import WorkView, say_errors, visible_project
from pmis.views.forms import change_lines
from pmis.views.register_files import register_answer
from pmis.workflows import WORKFLOWS

#: Rows of a page of a register.
PAGE = 50


class RecordView(WorkView):
    """A page of one record type; the addresses give the type."""

    #: Given by the address.
    type: RecordType = cast(RecordType, None)

    def record_or_404(self, public_id: UUID, version_no: int | None = None) -> Record:
        """Return the newest version, or the one asked for, if its project may be seen."""
        records = self.type.visible_to(self.request.user)
        records = records.filter(public_id=public_id).prefetch_related(*self.type.prefetched)
        if version_no is not None:
            records = records.filter(version_no=version_no)
        record = records.order_by("-version_no").first()
        if record is None:
            raise Http404
        return record

    def url(self, view: str, *args: Any) -> str:
        """Return the address of another page of this record type."""
        return reverse(f"pmis:{self.type.name}-{view}", args=args)

    def page(self, **context: Any) -> dict[str, Any]:
        """Return the context that all pages of a record type share."""
        return {
            "type": self.type,
            "url_names": _url_names(self.type),
            "nav": "projects",
            **context,
        }


def _url_names(record_type: RecordType) -> dict[str, str]:
    names = (
        "list",
        "detail",
        "version",
        "check",
        "print",
        "pdf",
        "version-pdf",
        "correct",
        "withdraw",
        "release",
        "write",
        "begin",
    )
    return {name.replace("-", "_"): f"pmis:{record_type.name}-{name}" for name in names}


class RecordListView(RecordView):
    """The register: over all visible projects, or of one; filtered, paged, also as a file."""

    def get(self, request: HttpRequest, project_id: UUID | None = None) -> HttpResponse:
        """Show a page of the register, or all of it as PDF or spreadsheet."""
        project = visible_project(request, project_id) if project_id else None
        rows = self.type.visible_to(request.user).latest_versions()
        if project:
            rows = rows.filter(project=project)
        filters = self.type.filter_class(request.GET, queryset=rows, request=request)
        rows = filters.qs if filters.is_valid() else rows.none()
        answer = register_answer(request, self.type, rows, project)
        if answer is not None:
            return answer
        page = keyset_page(
            rows,
            sorted_by=self.type.sorted_by,
            size=PAGE,
            after=request.GET.get("after", ""),
        )
        context = self.page(
            project=project,
            nav="projects" if project else "reports",
            tab=self.type.record_type,
            columns=[
                column for column in self.type.columns if not (project and column.names_project)
            ],
            filters=filters,
            page=page,
            published=publications_of(row.public_id for row in page.rows),
            may_write=bool(project) and may_write(request.user, project, self.type.record_type),
            links=self.type.links(project) if project else [],
            **register_filters(request.user, f"{self.type.name}-list", request.GET, project),
        )
        return render(request, "pmis/records/list.html", context)


class RecordDetailView(RecordView):
    """A record: its content, the way it took, its versions, and what the person may do now."""

    template = "pmis/records/detail.html"

    def get(
        self, request: HttpRequest, public_id: UUID, version_no: int | None = None
    ) -> HttpResponse:
        """Show the newest version, or the one asked for."""
        record = self.record_or_404(public_id, version_no)
        if version_no is None and self.type.opened_by(record, request.user):
            record = self.record_or_404(public_id)
        return render(request, self.template, self.context(record))

    def context(self, record: Record) -> dict[str, Any]:
        """Return all that the page of a record shows."""
        versions = list(
            self.type.model._default_manager.filter(public_id=record.public_id)
            .select_related("author")
            .order_by("-version_no")
        )
        is_newest = versions[0].pk == record.pk
        user, project = self.request.user, record.project
        writes = may_write(user, project, self.type.record_type, record)
        events = list(way_of(record))
        return self.page(
            record=record,
            project=project,
            tab=self.type.record_type,
            key=self.type.key_of(record),
            heading=self.type.heading_of(record),
            versions=versions,
            is_newest=is_newest,
            events=events,
            returned=_last_return(record, events),
            approval=open_approval(record),
            published_at=publication_of(record.public_id),
            withdrawal=withdrawal_in_force(
                record_type=self.type.record_type, public_id=record.public_id
            ),
            actions=_buttons(record, user) if is_newest else [],
            may_edit=writes and is_newest and record.state in ("draft", "returned"),
            may_correct=writes and is_newest and record.is_in_force,
            may_withdraw=_may_withdraw(user, record),
            held=held_texts(record) if is_newest else [],
            may_release=_may_release(user, record),
            **self.type.page_context(record, user),
        )


class RecordPrintView(RecordDetailView):
    """A record as it is printed: for the file, with its way and its verification line."""

    template = "pmis/records/print.html"


class RecordCheckView(RecordView):
    """Check the answers before submitting: what was written, what the public will see."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Show the check page of a version that its author may submit."""
        record = self.record_or_404(public_id)
        if not may_write(request.user, record.project, self.type.record_type, record):
            raise RoleNotAllowed(action="submit", roles=[])
        if record.state not in (RecordState.DRAFT, RecordState.RETURNED):
            return redirect(self.url("detail", public_id))
        return render(request, "pmis/records/check.html", self.context(record))

    def context(self, record: Record) -> dict[str, Any]:
        """Return the answers, what is missing or looks wrong, and what becomes public."""
        key = self.type.key_of(record)
        shown, changes = _compared(self.type, record, key)
        rows = available_actions(record, self.request.user)
        actions = {row.action for row in rows}
        return self.page(
            record=record,
            project=record.project,
            tab=self.type.record_type,
            key=key,
            heading=self.type.heading_of(record),
            forms=shown,
            changes=changes,
            missing=_missing(self.type, record),
            warnings=self.type.warnings(record),
            held=held_texts(record),
            disclosure=disclosure_of(self.type.record_type),
            may_submit="submit" in actions,
            sends=_sends(self.type, record, rows),
            senders=_senders(self.type, record),
            line=approval_line(record_type=self.type.record_type, project=record.project),
        )


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
        return perform(
            subject=record,
            action=self.action,
            by=self.request.user,
            comment=self.request.POST.get("comment", ""),
            revision=int(revision) if revision.isdigit() else None,
            fields=forms.forms.fields if forms else None,
            lines=lines,
        )

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
            forms.forms.add_errors(_without_comment(error))
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
            reason_problems=_of_comment(error),
            problems=[*(("comment", text) for text in _of_comment(error)), *forms.problems()],
            comment=self.request.POST.get("comment", ""),
            is_form=True,
        )
        return render(self.request, "pmis/records/transition.html", context, status=status)


def _of_comment(error: ValidationError | None) -> list[str]:
    if error is None or not hasattr(error, "error_dict"):
        return []
    return error.message_dict.get("comment", [])


def _without_comment(error: ValidationError) -> ValidationError:
    if not hasattr(error, "error_dict"):
        return error
    kept = {key: texts for key, texts in error.message_dict.items() if key != "comment"}
    return ValidationError(kept)


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


def _compared(record_type: RecordType, record: Record, key: str) -> tuple[RecordForms, int]:
    """Return the record in its form, marked where it differs from the record before."""
    offer = record_type.offer_in(record.project)
    values = record_type.values(record)
    shown = RecordForms(record_type.form, record_type.lines, offer, values=values)
    before: Values | None = record_type.before(record.project, key)
    changes = mark_changes(shown, before, record_type.compared) if before else 0
    return shown, changes


def _sends(entry: RecordType, record: Record, rows: list[Transition]) -> list[Transition]:
    """Return the steps by which a record without an approval line comes into force."""
    found = [row for row in rows if row.to in IN_FORCE]
    if entry.send_step is None:
        return found
    return [row for row in found if row.action == entry.send_step(record)]


def _senders(entry: RecordType, record: Record) -> str:
    """Return who may lead a record on from here, in words."""
    rows = [row for row in WORKFLOWS[entry.record_type] if record.state in row.from_]
    roles = dict.fromkeys(role for row in rows for role in row.roles)
    return ", ".join(role_label(role) for role in roles)


def _missing(record_type: RecordType, record: Record) -> list[tuple[str, str]]:
    try:
        record_type.check(record)
    except ValidationError as error:
        return [
            (f"id_{name}", text) for name, texts in error.message_dict.items() for text in texts
        ]
    return []


def _last_return(record: Record, events: list[Any]) -> Any:
    """Return the event that sent this version back, while its author has not answered."""
    if record.state != RecordState.RETURNED:
        return None
    returns = [event for event in events if event.action == "return"]
    return returns[-1] if returns else None


@dataclass(frozen=True)
class Button:
    """A step open to the person; results of one step with the same form share a button."""

    #: Names the words and the look of the button.
    name: str
    #: Names the address.
    action: str
    has_form: bool


def _buttons(record: Record, user: Any) -> list[Button]:
    """Return the steps open to the person, the decision last as the filled button."""
    rows = [row for row in available_actions(record, user) if row.action != "submit"]
    found: list[Button] = []
    shared: list[Transition] = []
    for row in sorted(rows, key=lambda row: row.is_step):
        same = [other for other in rows if other.has_same_form(row)]
        if any(other.has_same_form(row) for other in shared):
            continue
        if len(same) > 1:
            shared.append(row)
        name = row.step_name if len(same) > 1 else row.action
        found.append(Button(name, row.action, row.has_form))
    return found


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


def _may_release(user: Any, record: Record) -> bool:
    """Whether the person may release texts that the screen holds."""
    try:
        withdrawing_role(user, record.project)
    except RoleNotAllowed:
        return False
    return True


def _may_withdraw(user: Any, record: Record) -> bool:
    """Whether the person may withdraw the record, which has been public."""
    if not record.is_in_force and record.version_no == 1:
        return False
    return _may_release(user, record)


def _done(action: str, record: Record) -> str:
    if action == "approve" and record.is_in_force:
        return _("Approved. The public sees it within a second.")
    return step_label(action)


def _next(request: HttpRequest) -> str:
    """Return where to go on: only a path of the working side."""
    target = request.POST.get("next", "")
    return target if target.startswith("/pmis/") and "\\" not in target else ""
