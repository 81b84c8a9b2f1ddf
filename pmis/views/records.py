"""The generic pages of all record types: register, record, versions, steps, print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ccs.lib.extensions import disclosure_of, held_texts, publication_of, publications_of
from ccs.lib.workflow import RoleNotAllowed, Transition
from pmis.forms.records import RecordForms, Values, mark_changes
from pmis.models import IN_FORCE, Record, RecordState
from pmis.paging import keyset_page
from pmis.records import RecordType
from pmis.services.approvals import approval_line, available_actions, open_approval
from pmis.services.disposals import entries_of
from pmis.services.records import may_write, way_of
from pmis.services.retention import ENDED
from pmis.services.search import register_filters
from pmis.services.withdrawals import (
    withdrawal_in_force,
    withdrawing_role,
)
from pmis.templatetags.records import role_label
from pmis.views.common import WorkView, visible_project
from pmis.views.register_files import register_answer
from pmis.workflows import WORKFLOWS

#: Rows of a page of a register.
PAGE = 25


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
        has_ended = project.state in ENDED
        return self.page(
            record=record,
            project=project,
            disposed=entries_of(record) if has_ended else [],
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
