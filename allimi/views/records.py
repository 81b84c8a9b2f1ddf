"""Public pages of records: a project, its reports and photos, and any record with its versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedRecord, PublishedVersion
from allimi.presentation.disclosure import (
    closed_items,
    narrowing_row,
    narrowings_of,
    narrowings_of_project,
    withheld_by_catalogue,
)
from allimi.presentation.frame import Crumb, Frame, foreign_language, frame
from allimi.presentation.kinds import ELSEWHERE, kinds_of, record_rows
from allimi.presentation.listing import newest_first, published
from allimi.presentation.photos import photo_card
from allimi.presentation.projects import life_of, project_sheet
from allimi.presentation.reading import (
    Items,
    names_of,
    record_or_404,
    record_url,
    title_language,
    title_of,
    url_of,
)
from allimi.presentation.reports import VersionRow, report_sheet, version_rows
from allimi.presentation.rows import places_of, report_label, report_rows
from allimi.presentation.serving import Page, public_page
from allimi.presentation.sheet import entries_of
from allimi.presentation.vocabulary import (
    ground_label,
    kind_label,
    role_label,
    state_label,
    work_type_label,
)
from ccs.lib.formats import format_day_long
from ccs.templatetags.formats import reader_language

REPORTS_A_PAGE = 31
PHOTOS_A_PAGE = 24


@public_page
def project(request: HttpRequest, public_id: UUID) -> Page:
    """Show a project: its life, plan against fact, people, contracts, reports, what is withheld."""
    record = record_or_404(public_id, "project")
    if record.is_withdrawn:
        return _withdrawn(request, record)
    sheet = project_sheet(record)
    title = title_of(record)
    narrowings = narrowings_of_project(public_id)
    context = {
        "sheet": sheet,
        "closed_of_schedule": closed_items(narrowings, sheet.schedule) if sheet.schedule else (),
        "items": sheet.items,
        "title": title,
        "title_language": title_language(record),
        "text_language": foreign_language(),
        "place": places_of([record.pk]).get(record.pk, ""),
        "state": state_label(record.status),
        "work_type": work_type_label(record.work_type),
        "life": life_of(sheet),
        "today": timezone.localdate(),
        "withheld_rows": [
            *map(narrowing_row, narrowings),
            *(
                row
                for kind in ("project", "participant", "contract", "subcontract", "daily_report")
                for row in withheld_by_catalogue(kind, with_kind=True)
            ),
        ],
        "withheld_url": reverse("allimi:withheld"),
        "versions": version_rows(record),
        "kinds": kinds_of(public_id),
        "frame": _frame(request, [Crumb(title)]),
    }
    return "allimi/project.html", context


@public_page
def reports(request: HttpRequest, public_id: UUID) -> Page:
    """List the daily reports of a project, newest first."""
    record = record_or_404(public_id, "project")
    if record.is_withdrawn:
        return _withdrawn(request, record)
    found = newest_first(
        published("daily_report").filter(project_public_id=public_id),
        request.GET.get("after", ""),
        REPORTS_A_PAGE,
    )
    context = {
        "title": title_of(record),
        "title_language": title_language(record),
        "rows": report_rows(found.records),
        "first_url": "" if found.is_first else request.path,
        "next_url": f"{request.path}?after={found.next_after}" if found.next_after else "",
        "frame": _frame(request, [_project_crumb(record), Crumb(_("Daily reports"))]),
    }
    return "allimi/reports.html", context


@public_page
def kinds(request: HttpRequest, public_id: UUID) -> Page:
    """Show of which types a project has public records, and how many."""
    record = record_or_404(public_id, "project")
    if record.is_withdrawn:
        return _withdrawn(request, record)
    context = {
        "title": title_of(record),
        "title_language": title_language(record),
        "rows": kinds_of(public_id),
        "frame": _frame(request, [_project_crumb(record), Crumb(_("All records"))]),
    }
    return "allimi/kinds.html", context


@public_page
def records_of_kind(request: HttpRequest, public_id: UUID, kind: str) -> Page:
    """List the public records of one type in a project, newest first."""
    record = record_or_404(public_id, "project")
    code = kind.replace("-", "_")
    if code not in CATALOGUE or code in ELSEWHERE:
        raise Http404(kind)
    if record.is_withdrawn:
        return _withdrawn(request, record)
    found = newest_first(
        published(code).filter(project_public_id=public_id),
        request.GET.get("after", ""),
        REPORTS_A_PAGE,
    )
    label = str(CATALOGUE[code].label_plural)
    context = {
        "label": label,
        "title": title_of(record),
        "title_language": title_language(record),
        "text_language": foreign_language(),
        "rows": record_rows(found.records),
        "first_url": "" if found.is_first else request.path,
        "next_url": f"{request.path}?after={found.next_after}" if found.next_after else "",
        "frame": _frame(
            request,
            [
                _project_crumb(record),
                Crumb(_("All records"), reverse("allimi:kinds", args=[public_id])),
                Crumb(label),
            ],
        ),
    }
    return "allimi/records_of_kind.html", context


@public_page
def photos(request: HttpRequest, public_id: UUID) -> Page:
    """Show the photos of a project, newest first."""
    record = record_or_404(public_id, "project")
    if record.is_withdrawn:
        return _withdrawn(request, record)
    found = newest_first(
        published("photo").filter(project_public_id=public_id),
        request.GET.get("after", ""),
        PHOTOS_A_PAGE,
    )
    context = {
        "title": title_of(record),
        "title_language": title_language(record),
        "photos": [photo_card(photo) for photo in found.records],
        "first_url": "" if found.is_first else request.path,
        "next_url": f"{request.path}?after={found.next_after}" if found.next_after else "",
        "frame": _frame(request, [_project_crumb(record), Crumb(_("Photos"))]),
    }
    return "allimi/photos.html", context


@public_page
def report(request: HttpRequest, public_id: UUID) -> Page:
    """Show a daily report as it stands."""
    record = record_or_404(public_id, "daily_report")
    if record.is_withdrawn:
        return _withdrawn(request, record)
    return _report_page(request, record, record.items, None)


@public_page
def report_version(request: HttpRequest, public_id: UUID, number: int) -> Page:
    """Show one published version of a daily report."""
    record = record_or_404(public_id, "daily_report")
    version = _version_or_404(record, number)
    if version.items is None or version.change_class == PublishedVersion.Change.WITHDRAWAL:
        return _withdrawn(request, record)
    old = version if number != record.version_no else None
    return _report_page(request, record, version.items, old)


def _report_page(
    request: HttpRequest, record: PublishedRecord, items: Items, old: PublishedVersion | None
) -> Page:
    parent = _project_of(record)
    published_at = old.published_at if old else record.published_at
    sheet = report_sheet(record, items, published_at)
    label = report_label(items.get("number"))
    context = {
        "sheet": sheet,
        "items": items,
        "label": label,
        "heading": format_day_long(record.sort_date, reader_language()),
        "project": names_of([record.project_public_id]).get(str(record.project_public_id)),
        "published_at": published_at,
        "old_version": old,
        "newest_url": record_url(record),
        "text_language": foreign_language(),
        "withheld_rows": [
            *map(narrowing_row, narrowings_of("daily_report", record.public_id)),
            *withheld_by_catalogue("daily_report"),
        ],
        "withheld_url": reverse("allimi:withheld"),
        "versions": version_rows(record),
        "frame": _frame(request, [*_crumb_of(parent), Crumb(label)]),
    }
    return "allimi/report.html", context


@public_page
def record(request: HttpRequest, public_id: UUID) -> Page | HttpResponsePermanentRedirect:
    """Show any other record by its declaration; projects and reports have pages of their own."""
    found = record_or_404(public_id)
    if record_url(found) != request.path:
        return HttpResponsePermanentRedirect(record_url(found))
    if found.is_withdrawn:
        return _withdrawn(request, found)
    return _record_page(request, found, found.items, None)


@public_page
def record_version(request: HttpRequest, public_id: UUID, number: int) -> Page:
    """Show one published version of a record."""
    found = record_or_404(public_id)
    version = _version_or_404(found, number)
    if version.items is None or version.change_class == PublishedVersion.Change.WITHDRAWAL:
        return _withdrawn(request, found)
    old = version if number != found.version_no else None
    return _record_page(request, found, version.items, old)


def _record_page(
    request: HttpRequest, record: PublishedRecord, items: Items, old: PublishedVersion | None
) -> Page:
    parent = _project_of(record)
    kind = kind_label(record.kind)
    heading = title_of(record) or f"{kind[:1].upper()}{kind[1:]}"
    context = {
        "kind": kind,
        "heading": heading,
        "alt": heading,
        "heading_language": title_language(record) if title_of(record) else "",
        "project": names_of([record.project_public_id]).get(str(record.project_public_id)),
        "published_at": old.published_at if old else record.published_at,
        "old_version": old,
        "newest_url": record_url(record),
        "entries": entries_of(record.kind, items, record.currency, foreign_language()),
        "text_language": foreign_language(),
        "links": _links(record),
        "narrowings": [
            narrowing_row(line) for line in narrowings_of(record.kind, record.public_id)
        ],
        "withheld_url": reverse("allimi:withheld"),
        "versions": version_rows(record),
        "frame": _frame(request, [*_crumb_of(parent), Crumb(heading)]),
    }
    return "allimi/record.html", context


def _links(record: PublishedRecord) -> list[dict[str, str]]:
    """Return where an organization's projects stand."""
    if record.kind != "organization":
        return []
    address = reverse("allimi:projects")
    return [
        {"url": f"{address}?firm={record.public_id}", "label": _("Projects of this firm")},
        {"url": f"{address}?body={record.public_id}", "label": _("Projects ordered by this body")},
    ]


def _withdrawn(request: HttpRequest, record: PublishedRecord) -> Page:
    """Return the page of what may not be read any more: that it was, on what ground, and why."""
    versions = version_rows(record)
    last = _last_withdrawal(record, versions)
    items = record.items if record.is_withdrawn else {}
    context: dict[str, Any] = {
        "status": 410,
        "kind": kind_label(record.kind),
        "is_withdrawn": record.is_withdrawn,
        "newest_url": url_of(record.kind, record.public_id),
        "ground": ground_label(items.get("ground") or ""),
        "reason": items.get("reason") or "",
        "role": role_label(items.get("role") or ""),
        "at": last.published_at if last else record.published_at,
        "language": foreign_language(),
        "text_language": foreign_language(),
        "versions": versions,
        "frame": _frame(request, [Crumb(kind_label(record.kind))]),
    }
    return "allimi/withdrawn.html", context


def _last_withdrawal(record: PublishedRecord, versions: list[VersionRow]) -> VersionRow | None:
    return next((row for row in versions if row.number == record.version_no), None)


def _version_or_404(record: PublishedRecord, number: int) -> PublishedVersion:
    version = PublishedVersion.objects.filter(
        public_id=record.public_id, version_no=min(number, 2**31 - 1)
    ).first()
    if version is None:
        raise Http404(f"{record.public_id} {number}")
    return version


def _project_of(record: PublishedRecord) -> PublishedRecord | None:
    if record.project_public_id in (None, record.public_id):
        return None
    projects = PublishedRecord.objects.filter(
        public_id=record.project_public_id, is_withdrawn=False
    )
    return projects.first()


def _crumb_of(project: PublishedRecord | None) -> list[Crumb]:
    return [_project_crumb(project)] if project else []


def _project_crumb(project: PublishedRecord) -> Crumb:
    return Crumb(title_of(project), record_url(project))


def _frame(request: HttpRequest, crumbs: list[Crumb]) -> Frame:
    return frame(request.path, request.META.get("QUERY_STRING", ""), crumbs, "front")
