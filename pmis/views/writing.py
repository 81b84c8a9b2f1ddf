"""The form of any record type: prefilled, autosaved, never losing what was typed.

One address per project, type and key (the day of a daily report): it opens the record that is
there instead of making a second one. Without a script every button is a submit button; the typed
text goes into the draft and comes back on the page, at the same place.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from ccs.templatetags.formats import clock
from pmis.forms.fields import plain_number
from pmis.forms.records import RecordForms, Values, line_indexes, mark_changes
from pmis.models import Draft, Project, Record
from pmis.services.approvals import perform
from pmis.services.daily_reports import name_photos
from pmis.services.drafts import DraftTooLarge, discard_draft, find_draft, save_draft
from pmis.services.offline import CLIENT_ID, form_was_saved, photo_words, refusal
from pmis.services.photos import add_photo
from pmis.services.records import OPEN_TO_AUTHOR, RecordChanged, require_writer
from pmis.services.schedules import parse_work_items
from pmis.services.stored_files import size_limit_mb, store_file
from pmis.templatetags.records import step_label
from pmis.views.common import visible_project
from pmis.views.records import RecordView

#: Where the fields of a form wait that was sent after the session had ended.
KEPT = "kept_forms"
MOST_KEPT = 200_000
#: A counter goes no further than a model can hold.
MOST_COUNTED = 32_767


class RecordBeginView(RecordView):
    """Lead to the form of today's record, whichever key that has."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Lead on."""
        project = visible_project(request, project_id)
        return redirect(self.url("write", project_id, self.type.default_key(project)))


@method_decorator(login_not_required, name="dispatch")
class RecordWriteView(RecordView):
    """Write a record. SECURITY: asks for the sign-in itself, to keep what was typed before it."""

    project: Project
    key: str
    record: Record | None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for the sign-in; a form sent without one is kept and comes back after it."""
        if not request.user.is_authenticated:
            if request.method == "POST":
                _keep(request)
            return redirect_to_login(request.path)
        return super().dispatch(request, *args, **kwargs)

    def setup_form(self, request: HttpRequest, project_id: UUID, key: str) -> HttpResponse | None:
        """Find project and record; return a redirect where the record is not open to writing."""
        self.project = visible_project(request, project_id)
        self.key = self.type.checked_key(key)
        require_writer(request.user, self.project, self.type.record_type)
        self.record = self.type.found(self.project, self.key, self.request.user)
        if self.record is not None and self.record.state not in OPEN_TO_AUTHOR:
            return redirect(self.url("detail", self.record.public_id))
        if self.record is not None:
            require_writer(request.user, self.project, self.type.record_type, self.record)
        return None

    def get(self, request: HttpRequest, project_id: UUID, key: str) -> HttpResponse:
        """Show the form: the draft if there is one, else the record, else what is copied."""
        if elsewhere := self.setup_form(request, project_id, key):
            return elsewhere
        if kept := _take_kept(request):
            self._save_draft(QueryDict(kept))
            messages.info(request, _("You were signed out. What you had written is here again."))
        draft = self._draft()
        if draft is not None:
            forms = self._checked(draft) if "check" in request.GET else None
            return self._page(forms or self._forms(data=_typed(draft)), draft=draft)
        values, sentence = self._start(is_blank="blank" in request.GET)
        return self._page(self._forms(values=values), copied=sentence)

    def post(self, request: HttpRequest, project_id: UUID, key: str) -> HttpResponse:
        """Do what the pressed button says; whatever was typed is in the draft first."""
        if elsewhere := self.setup_form(request, project_id, key):
            return elsewhere
        if "discard" in request.POST:
            self._discard_draft()
            return redirect(request.path)
        data = request.POST.copy()
        target = self._change(data)
        self._save_draft(data)
        if target is not None:
            return redirect(f"{request.path}{target}")
        return self._save(data)

    # -- Buttons that change the form ----------------------------------------------------------

    def _change(self, data: QueryDict) -> str | None:
        """Step a counter, add or remove a line, take in photos or a pasted table.

        Return the place on the page to come back to, or None where the form is to be saved.
        """
        if own := next((name for name in self.type.buttons if name in data), ""):
            return f"#{self.type.buttons[own](self.project, data)}"
        photos, files = self._take_photos(data), self._take_files(data)
        button = next((name for name in BUTTONS if name in data), "")
        value = data.pop(button)[-1] if button in CHANGING else ""
        if button == "step":
            return f"#id_{_step(data, value)}"
        if button == "add" and value in {spec.name for spec in self.type.lines}:
            return f"#{value}-{_add_line(data, value)}"
        if button == "remove":
            return f"#{_remove_line(data, value)}"
        if button == "paste":
            return self._paste(data)
        if button == "upload" or (photos and not button):
            return f"#{self.type.photo_lines}"
        if button == "attach" or (files and not button):
            return f"#{self.type.file_lines}"
        return None

    def _take_photos(self, data: QueryDict) -> int:
        """Store the photos of the form at once: a chosen file cannot be kept in a draft."""
        stored = 0
        for file in self.request.FILES.getlist("photos") if self.type.photo_lines else ():
            try:
                photo = add_photo(
                    project=self.project,
                    file=file,
                    by=self.request.user,
                    caption=data.get("photo_caption", "")[:200],
                    activity=data.get("photo_activity", "")[:200],
                )
            except ValidationError as error:
                for sentence in error.messages:
                    messages.error(self.request, sentence)
            else:
                index = _add_line(data, self.type.photo_lines)
                data[f"{self.type.photo_lines}-{index}-photo"] = str(photo.public_id)
                stored += 1
        for name in ("photo_caption", "photo_activity") if stored else ():
            data.pop(name, None)
        return stored

    def _take_files(self, data: QueryDict) -> int:
        """Store the files of the form at once: a chosen file cannot be kept in a draft."""
        stored = 0
        for file in self.request.FILES.getlist("files") if self.type.file_lines else ():
            try:
                row = store_file(project=self.project, file=file, by=self.request.user)
            except ValidationError as error:
                for sentence in error.messages:
                    messages.error(self.request, sentence)
            else:
                index = _add_line(data, self.type.file_lines)
                data[f"{self.type.file_lines}-{index}-file"] = str(row.public_id)
                stored += 1
        return stored

    def _paste(self, data: QueryDict) -> str:
        """Put work items of a pasted table into the lines; say which rows could not be read."""
        text = (data.pop("pasted", None) or [""])[0]
        parsed = parse_work_items(text, currency=self.project.currency)
        for number, sentence in parsed.errors:
            messages.error(
                self.request,
                _("Row %(row)s: %(problem)s") % {"row": number, "problem": sentence},
            )
        if not parsed.rows:
            data["pasted"] = text
            return "#pasted"
        lines = self._forms(values=Values(lines={"work_items": parsed.rows})).lines["work_items"]
        for name in [key for key in data if key.startswith("work_items-")]:
            del data[name]
        for line in lines:
            for name in line.fields:
                shown = line.fields[name].prepare_value(line[name].value())
                data[line.add_prefix(name)] = str(
                    line.fields[name].widget.format_value(shown) or ""
                )
        messages.success(
            self.request, _("%(count)s work items were read.") % {"count": len(parsed.rows)}
        )
        return "#work_items"

    # -- Saving --------------------------------------------------------------------------------

    def _save(self, data: QueryDict) -> HttpResponse:
        forms = self._forms(data=data, validate=True)
        if not forms.is_valid():
            return self._page(forms, status=400)
        revision = data.get("revision", "")
        try:
            record = self.record or self.type.opened(self.project, self.key, self.request.user)
            record = self.type.save(
                record=record,
                fields=forms.fields,
                lines=forms.line_values,
                by=self.request.user,
                revision=self._revision(revision),
            )
        except ValidationError as error:
            forms.add_errors(error)
            return self._page(forms, status=400)
        except RecordChanged as conflict:
            self.record = self.type.found(self.project, self.key, self.request.user)
            return self._page(self._forms(data=data), conflict=conflict, status=409)
        self._save_captions(data)
        self._discard_draft()
        client_id = data.get(CLIENT_ID, "")
        form_was_saved(client_id=client_id, entry=self.type, record=record, by=self.request.user)
        if "send" in data and self.type.send_step is not None:
            return self._send(forms, record)
        if "save" in data:
            messages.success(self.request, _("Saved. Nobody is asked before you submit."))
            return redirect(self.url("detail", record.public_id))
        return redirect(self.url("check", record.public_id))

    def _send(self, forms: RecordForms, record: Record) -> HttpResponse:
        """Take the step that this form takes at once; what is missing stands at its field."""
        action = self.type.send_step(record) if self.type.send_step else ""
        try:
            perform(subject=record, action=action, by=self.request.user, revision=record.revision)
        except ValidationError as error:
            self.record = record
            forms.add_errors(error)
            return self._page(forms, status=400)
        messages.success(self.request, step_label(action))
        return redirect(self.url("detail", record.public_id))

    def _revision(self, text: str) -> int | None:
        """Return the revision that the writer read; None where there was nothing to read.

        A form opened before the record existed names none. Sent again by whoever made the record
        it changes nothing; from anybody else it would write over what was saved meanwhile, and
        reads as no revision that ever was.
        """
        if self.record is None:
            return None
        if text.isdigit():
            return int(text)
        return None if self.record.author_id == self.request.user.pk else 0

    def _save_captions(self, data: QueryDict) -> None:
        """Write what was typed about the photos of the form."""
        words = photo_words(data, self.type.photo_lines)
        if words:
            name_photos(project=self.project, words=words, by=self.request.user)

    def _checked(self, draft: Draft) -> RecordForms:
        """Return the form of what came from a device, with what has to be mended."""
        forms = self._forms(data=_typed(draft), validate=True)
        place = {"entry": self.type, "project": self.project, "key": self.key}
        if forms.is_valid() and (error := refusal(forms=forms, by=self.request.user, **place)):
            forms.add_errors(error)
        return forms

    # -- The page ------------------------------------------------------------------------------

    def _forms(self, **source: Any) -> RecordForms:
        self.offer = self.type.offer_in(self.project)
        return RecordForms(self.type.form, self.type.lines, self.offer, **source)

    def _start(self, *, is_blank: bool) -> tuple[Values | None, str]:
        if self.record is not None:
            return self.type.values(self.record), ""
        prefill = None
        if not is_blank:
            prefill = self.type.start(self.project, self.request.GET.dict())
            prefill = prefill or self.type.prefill(self.project, self.key)
        return (prefill.values, prefill.sentence) if prefill else (None, "")

    def _heading(self) -> str:
        if self.record is not None:
            return self.type.heading_of(self.record)
        return self.type.new_heading(self.project, self.key)

    def _page(self, forms: RecordForms, *, status: int = 200, **context: Any) -> HttpResponse:
        before = self.type.before(self.project, self.key)
        changes = mark_changes(forms, before, self.type.compared) if before else 0
        draft = context.get("draft")
        data = self.request.POST if self.request.method == "POST" else _typed(draft)
        page = self.page(
            project=self.project,
            record=self.record,
            key=self.key,
            tab=self.type.record_type,
            heading=self._heading(),
            forms=forms,
            main=forms.main,
            lines=forms.lines,
            problems=forms.problems(),
            changes=changes,
            has_before=before is not None,
            photos=photos_of(forms, self.type.photo_lines, data),
            files=files_of(forms, self.type.file_lines),
            file_limit=size_limit_mb(),
            revision=self.record.revision if self.record else "",
            client_id=data.get(CLIENT_ID, ""),
            draft_url=self.url("draft", self.project.public_id, self.key),
            is_form=True,
            **context,
        )
        if draft is not None and "revision" in draft.fields:
            # Saved by somebody else since: the next save says so.
            page["revision"] = data["revision"]
        return render(self.request, "pmis/records/write.html", page, status=status)

    # -- The draft -----------------------------------------------------------------------------

    def _draft(self) -> Draft | None:
        return find_draft(
            project=self.project,
            record_type=self.type.record_type,
            key=self.key,
            by=self.request.user,
        )

    def _save_draft(self, data: QueryDict) -> Draft:
        return save_draft(
            project=self.project,
            record_type=self.type.record_type,
            key=self.key,
            fields=dict(data.lists()),
            by=self.request.user,
        )

    def _discard_draft(self) -> None:
        discard_draft(
            project=self.project,
            record_type=self.type.record_type,
            key=self.key,
            by=self.request.user,
        )


@method_decorator(login_not_required, name="dispatch")
class RecordDraftView(RecordWriteView):
    """Keep what the script of the form sends while somebody writes."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the script in its own words: 401 asks it to keep the text on the device."""
        if not request.user.is_authenticated:
            return JsonResponse({"saved": False}, status=401)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, project_id: UUID, key: str) -> HttpResponse:
        """Send people to the form itself."""
        elsewhere = self.setup_form(request, project_id, key)
        return elsewhere or redirect(self.url("write", project_id, key))

    def post(self, request: HttpRequest, project_id: UUID, key: str) -> HttpResponse:
        """Keep the typed text; answer with the time."""
        if self.setup_form(request, project_id, key):
            return JsonResponse({"saved": False}, status=409)
        try:
            draft = self._save_draft(request.POST)
        except DraftTooLarge:
            return JsonResponse({"saved": False}, status=413)
        return JsonResponse({"saved": True, "at": str(clock(draft.saved_at))})


#: Buttons that change the form, and those that save it.
CHANGING = ("step", "add", "remove", "paste", "upload", "attach")
BUTTONS = (*CHANGING, "save", "next", "send")


def photos_of(forms: RecordForms, name: str, data: QueryDict) -> list[dict[str, Any]]:
    """Return the photos named by the form with their captions as they were typed."""
    shown = []
    for line in forms.lines.get(name, ()):
        photo = line.fields["photo"].rows.get(
            str(line["photo"].field.prepare_value(line["photo"].value()))
        )
        index = line.prefix.rsplit("-", 1)[1]
        if photo is not None:
            shown.append(
                {
                    "line": line,
                    "index": index,
                    "photo": photo,
                    "caption": data.get(f"caption-{index}", photo.caption),
                    "activity": data.get(f"activity-{index}", photo.activity),
                }
            )
    return shown


def files_of(forms: RecordForms, name: str) -> list[dict[str, Any]]:
    """Return the stored files named by the form with their lines."""
    shown = []
    for line in forms.lines.get(name, ()):
        key = str(line["file"].field.prepare_value(line["file"].value()))
        file = line.fields["file"].rows.get(key)
        if file is not None:
            shown.append({"line": line, "file": file})
    return shown


def _typed(draft: Draft | None) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in draft.fields.items() if draft else ():
        data.setlist(name, values)
    return data


def _step(data: QueryDict, value: str) -> str:
    """Count one up or down: `workforce_lines-0-count+1`."""
    name, sign = value[:-2], value[-2:]
    if name in data and sign in ("+1", "-1"):
        text = str(plain_number(data[name])).strip()
        present = int(text) if text.isdecimal() and len(text) < 9 else 0
        data[name] = str(min(max(0, present + int(sign)), MOST_COUNTED))
    return name


def _add_line(data: QueryDict, name: str) -> int:
    """Add an empty line after the last one and return its index."""
    indexes = line_indexes(data, name)
    index = indexes[-1] + 1 if indexes else 0
    data[f"{name}-{index}-added"] = "1"
    return index


def _remove_line(data: QueryDict, value: str) -> str:
    """Remove all fields of one line: `workforce_lines-0`; return the name of the lines."""
    name, _dash, index = value.rpartition("-")
    if index.isdigit():
        for key in [key for key in data if key.startswith(f"{name}-{index}-")]:
            del data[key]
    return name


def _keep(request: HttpRequest) -> None:
    """Keep the fields of a form that came without a sign-in until somebody signs in here."""
    body = request.POST.urlencode()
    if len(body) <= MOST_KEPT:
        request.session[KEPT] = {request.path: body}


def _take_kept(request: HttpRequest) -> str:
    kept = request.session.get(KEPT, {})
    if request.path not in kept:
        return ""
    del request.session[KEPT]
    return str(kept[request.path])
