"""Pages for work without a network: the outbox, empty forms to take along, two versions compared.

The service worker stands below `/pmis/`, so that it never touches a public page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pmis.forms.records import PlainForm, RecordForms, Values
from pmis.models import ReceivedDraft, Record
from pmis.records import REGISTRY, types
from pmis.records.types import RecordType
from pmis.services.drafts import find_draft
from pmis.services.offline import decide_for_mine, decide_for_theirs, is_of
from pmis.services.records import OPEN_TO_AUTHOR, require_writer
from pmis.views.common import WorkView, visible_project

#: Scripts of the service worker, in this order.
WORKER_SCRIPTS = ("js/offline/store.js", "js/offline/sending.js", "js/offline/worker.js")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker: the names of its scripts, which change with their content."""
    names = ", ".join(f'"{static(name)}"' for name in WORKER_SCRIPTS)
    response = HttpResponse(
        f'"use strict";\nimportScripts({names});\n', content_type="text/javascript; charset=utf-8"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Return what a phone needs to put the working side on its home screen."""
    home = reverse("pmis:my-day")
    icon = {"src": static("img/one-pmis.svg"), "sizes": "any", "type": "image/svg+xml"}
    described = {
        "id": home,
        "name": "One-PMIS",
        "short_name": "One-PMIS",
        "description": _("Reports, findings and inspections from the site, without a network too."),
        "lang": getattr(request, "LANGUAGE_CODE", ""),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b4f4a",
        "icons": [icon | {"purpose": "any"}],
        "shortcuts": [{"name": _("On this device"), "url": reverse("pmis:offline")}],
    }
    response = JsonResponse(described, content_type="application/manifest+json")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


class OutboxView(WorkView):
    """What is on this device; the page itself holds nothing of anybody."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page, which its script fills from the device."""
        kinds = [entry.label_plural for entry in types() if entry.works_offline]
        return render(request, "pmis/offline.html", {"nav": "offline", "kinds": kinds})


class OfflineFormView(WorkView):
    """The empty form of a record type in a project, as a device takes it along."""

    def get(self, request: HttpRequest, project_id: UUID, slug: str) -> HttpResponse:
        """Show the form without any record, draft or prefilled value."""
        project = visible_project(request, project_id)
        entry = next((entry for entry in types() if entry.slug == slug), None)
        if entry is None or not entry.works_offline:
            raise Http404
        require_writer(request.user, project, entry.record_type)
        forms = RecordForms(entry.form, entry.lines, entry.offer_in(project), values=Values())
        context = {
            "type": entry,
            "project": project,
            "forms": forms,
            "main": forms.main,
            "lines": forms.lines,
            "photos": [],
            "is_dated": entry.find is not None,
            "is_form": True,
            "write_url": reverse(f"pmis:{entry.name}-begin", args=[project.public_id]),
        }
        return render(request, "pmis/offline_form.html", context)


@dataclass(frozen=True)
class Difference:
    """A field in which what was written on the device differs from the server."""

    label: str
    mine: str
    theirs: str


class ReceivedView(WorkView):
    """A text from a device beside the newer version of the server; its author decides."""

    def received(self, request: HttpRequest, client_id: UUID) -> tuple[ReceivedDraft, RecordType]:
        """Return the draft if it is the person's own and its project may be seen, else 404."""
        drafts = ReceivedDraft.objects.select_related("project")
        received = get_object_or_404(drafts, user=request.user, client_id=client_id)
        visible_project(request, received.project.public_id)
        return received, REGISTRY[received.record_type]

    def get(self, request: HttpRequest, client_id: UUID) -> HttpResponse:
        """Show both versions; lead on where nothing is left to decide."""
        received, entry = self.received(request, client_id)
        outcome = ReceivedDraft.Outcome(received.outcome)
        if outcome == outcome.INVALID:
            return redirect(f"{_form_url(received, entry)}?check=1")
        if outcome == outcome.SAVED:
            return redirect(f"pmis:{entry.name}-detail", received.record_public_id)
        record = entry.found(received.project, received.key, received.user)
        context = {
            "received": received,
            "type": entry,
            "project": received.project,
            "record": record,
            "heading": entry.new_heading(received.project, received.key),
            "differences": list(_differences(received, entry, record)),
            "is_open": record is None or record.state in OPEN_TO_AUTHOR,
            "is_dropped": outcome == outcome.DROPPED,
            "record_url": record and reverse(f"pmis:{entry.name}-detail", args=[record.public_id]),
        }
        return render(request, "pmis/offline_received.html", context)

    def post(self, request: HttpRequest, client_id: UUID) -> HttpResponse:
        """Put the text of the device into the form, or throw it away."""
        received, entry = self.received(request, client_id)
        if request.POST.get("keep") == "theirs":
            decide_for_theirs(received=received)
            return redirect("pmis:offline-received", client_id)
        require_writer(request.user, received.project, entry.record_type)
        decide_for_mine(received=received, entry=entry)
        return redirect(_form_url(received, entry))


def _form_url(received: ReceivedDraft, entry: RecordType) -> str:
    return reverse(f"pmis:{entry.name}-write", args=[received.project.public_id, received.key])


def _differences(
    received: ReceivedDraft, entry: RecordType, record: Record | None
) -> Iterator[Difference]:
    """Yield the fields of main form and lines that differ, in page order."""
    offer = entry.offer_in(received.project)
    mine = RecordForms(entry.form, entry.lines, offer, data=_query(received.fields))
    draft = find_draft(
        project=received.project,
        record_type=received.record_type,
        key=received.key,
        by=received.user,
    )
    if draft is not None and not is_of(draft, received):
        theirs = RecordForms(entry.form, entry.lines, offer, data=_query(draft.fields))
    else:
        values = entry.values(record) if record else Values()
        theirs = RecordForms(entry.form, entry.lines, offer, values=values)
    yield from _between("", mine.main, theirs.main)
    for spec in entry.lines:
        ours = [line for line in mine.lines[spec.name] if not line.is_blank()]
        other = [line for line in theirs.lines[spec.name] if not line.is_blank()]
        for index in range(max(len(ours), len(other))):
            place = f"{spec.label} {index + 1}: "
            yield from _between(
                place,
                ours[index] if index < len(ours) else None,
                other[index] if index < len(other) else None,
            )


def _query(fields: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return data


def _between(place: str, mine: PlainForm | None, theirs: PlainForm | None) -> Iterator[Difference]:
    shown = mine or theirs
    if shown is None:
        return
    for name in shown.fields:
        ours = _shown(mine, name)
        other = _shown(theirs, name)
        if ours != other:
            yield Difference(f"{place}{shown[name].label}", ours, other)


def _shown(form: PlainForm | None, name: str) -> str:
    """Return a field as the page shows it: a choice by its words, a tick as yes."""
    if form is None:
        return ""
    text = form.texts()[name]
    choices: dict[Any, Any] = dict(getattr(form.fields[name], "choices", ()))
    return _("yes") if text == "on" else str(choices.get(text, text))
