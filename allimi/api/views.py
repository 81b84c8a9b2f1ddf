"""The public API: areas, projects, records, their versions and types. Read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from allimi.api.base import PublicAPIView, next_url, page_answer, with_commitment
from allimi.api.serializers import (
    AreaDetailSerializer,
    AreaPageSerializer,
    AreaQuery,
    AreaSerializer,
    ProjectQuery,
    RecordPageSerializer,
    RecordQuery,
    RecordSerializer,
    RecordTypesSerializer,
    VersionListSerializer,
    in_each_language,
)
from allimi.catalogue import CATALOGUE, Item, RecordType
from allimi.catalogue.sql import key_of
from allimi.models import AreaCount, PublishedRecord, PublishedVersion
from allimi.presentation.disclosure import catalogue_rates
from allimi.presentation.filters import ProjectFilter, apply_filter
from allimi.presentation.listing import newest_first, newest_in_area, published
from allimi.presentation.vocabulary import STATUS_GROUPS
from ccs.lib.api import ProblemSerializer, problem
from ccs.models import Area

PROBLEMS = {
    400: OpenApiResponse(ProblemSerializer, "A filter cannot be read."),
    404: OpenApiResponse(ProblemSerializer, "Nothing of that name is published."),
}
GONE = {410: OpenApiResponse(ProblemSerializer, "The record was withdrawn.")}


class AreasView(PublicAPIView):
    """Areas: city, district, neighborhood; region, province, municipality."""

    @extend_schema(
        operation_id="areas_list",
        parameters=[AreaQuery],
        responses={200: AreaPageSerializer, 400: PROBLEMS[400]},
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """List areas by code; without `parent`, those of every level."""
        asked = self.asked(AreaQuery, request)
        areas = _areas(asked).defer("polygon", "map_path", "map_label")
        size = asked["page_size"]
        found = list(areas.select_related("parent").order_by("code")[: size + 1])
        shown = found[:size]
        context = {"request": request, "counts": _counts(shown)}
        more = shown[-1].code if len(found) > size else None
        rows = AreaSerializer(shown, many=True, context=context).data
        return Response({"next": next_url(request, more), "results": rows})


def _areas(asked: dict[str, Any]) -> QuerySet[Area]:
    areas = Area.objects.all()
    if "parent" in asked:
        areas = areas.filter(parent__code=asked["parent"])
    if "kind" in asked:
        areas = areas.filter(kind=asked["kind"])
    if "text" in asked:
        text = asked["text"]
        areas = areas.filter(Q(names__ko__icontains=text) | Q(names__en__icontains=text))
    if "after" in asked:
        areas = areas.filter(code__gt=asked["after"])
    return areas


def _counts(areas: list[Area]) -> dict[int, dict[str, int]]:
    """Return the number of projects by area and status, in one query."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = AreaCount.objects.filter(area_id__in=[area.pk for area in areas], kind="project")
    for area_id, status, count in rows.values_list("area_id", "status", "count"):
        if count:
            counts[area_id][status] += count
    return counts


class AreaView(PublicAPIView):
    """One area with its polygon."""

    @extend_schema(
        operation_id="areas_retrieve",
        responses={200: AreaDetailSerializer, 404: PROBLEMS[404]},
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request, code: str) -> Response:
        """Return the area with this code."""
        area = Area.objects.select_related("parent").filter(code=code).first()
        if area is None:
            raise Http404
        context = {"request": request, "counts": _counts([area])}
        return Response(AreaDetailSerializer(area, context=context).data)


class ProjectsView(PublicAPIView):
    """Published projects."""

    @extend_schema(
        operation_id="projects_list",
        parameters=[ProjectQuery],
        responses={200: RecordPageSerializer, 400: PROBLEMS[400]},
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """List projects, the newest first, filtered."""
        asked = self.asked(ProjectQuery, request)
        after, size = str(asked.get("after", "")), asked["page_size"]
        if "area" not in asked:
            projects = with_commitment(_projects(asked))
            return page_answer(request, newest_first(projects, after, size), RecordSerializer)
        area = Area.objects.filter(code=asked["area"]).values_list("pk", flat=True).first()
        # Type and status are asked of the rows of the area.
        rest = {name: value for name, value in asked.items() if name not in ("type", "status")}
        page = newest_in_area(
            with_commitment(_projects(rest)),
            area or 0,
            after,
            size,
            work_type=asked.get("type", ""),
            statuses=_statuses(asked),
        )
        return page_answer(request, page, RecordSerializer)


def _projects(asked: dict[str, Any]) -> QuerySet[PublishedRecord]:
    wanted = ProjectFilter(
        type=asked.get("type", ""),
        body=asked.get("ordering_body", ""),
        firm=asked.get("firm", ""),
        date_from=asked.get("date_from"),
        date_to=asked.get("date_to"),
        q=asked.get("text", ""),
    )
    projects = apply_filter(published("project"), wanted)
    if statuses := _statuses(asked):
        projects = projects.filter(status__in=statuses)
    if "amount_from" in asked:
        projects = projects.filter(amount__gte=asked["amount_from"])
    if "amount_to" in asked:
        projects = projects.filter(amount__lte=asked["amount_to"])
    return projects


def _statuses(asked: dict[str, Any]) -> Sequence[str]:
    status = asked.get("status")
    return STATUS_GROUPS.get(status, (status,)) if status else ()


class RecordsView(PublicAPIView):
    """Published records of one kind."""

    @extend_schema(
        operation_id="records_list",
        parameters=[RecordQuery],
        responses={200: RecordPageSerializer, 400: PROBLEMS[400]},
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """List the records of a kind, the newest first, of all projects or of one."""
        asked = self.asked(RecordQuery, request)
        records = with_commitment(published(asked["kind"]))
        if "project" in asked:
            records = records.filter(project_public_id=asked["project"])
        if "date_from" in asked:
            records = records.filter(sort_date__gte=asked["date_from"])
        if "date_to" in asked:
            records = records.filter(sort_date__lte=asked["date_to"])
        page = newest_first(records, str(asked.get("after", "")), asked["page_size"])
        return page_answer(request, page, RecordSerializer)


class RecordView(PublicAPIView):
    """One published record of any kind."""

    only_kind: ClassVar[str | None] = None

    @extend_schema(
        operation_id="records_retrieve",
        responses={200: RecordSerializer, 404: PROBLEMS[404], **GONE},
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return the newest version of the record; 410 with the reason if it was withdrawn."""
        records = with_commitment(PublishedRecord.objects.filter(public_id=public_id))
        record = records.first()
        if record is None or self.only_kind not in (None, record.kind):
            raise Http404
        if record.is_withdrawn:
            return _withdrawn(record)
        return Response(RecordSerializer(record, context={"request": request}).data)


def _withdrawn(record: PublishedRecord) -> Response:
    last = PublishedVersion.objects.filter(public_id=record.public_id).order_by("-version_no")
    version = last.first()
    return problem(
        code=410,
        title=_("This record was withdrawn"),
        detail=version.reason if version else "",
        role=version.actor_role if version else "",
        withdrawn_at=record.published_at,
    )


class ProjectView(RecordView):
    """One published project."""

    only_kind = "project"

    @extend_schema(
        operation_id="projects_retrieve",
        responses={200: RecordSerializer, 404: PROBLEMS[404], **GONE},
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return the newest version of the project; 410 with the reason if it was withdrawn."""
        return super().get(request, public_id)


class VersionsView(PublicAPIView):
    """Every published version of one record."""

    @extend_schema(
        operation_id="records_versions",
        responses={200: VersionListSerializer, 404: PROBLEMS[404]},
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return all versions, the oldest first, with what is needed to check each of them.

        `commitment` is SHA-256(salt ‖ text): the 32 bytes of the salt, then the text in UTF-8.
        """
        versions = list(PublishedVersion.objects.filter(public_id=public_id).order_by("version_no"))
        if not versions:
            raise Http404
        return Response(VersionListSerializer({"results": versions}).data)


class RecordTypesView(PublicAPIView):
    """The disclosure catalogue."""

    @extend_schema(
        operation_id="records_types",
        responses=RecordTypesSerializer,
        tags=["public"],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Return every record type with all its items: open, masked, withheld or later, and why."""
        answer = {
            "catalogue_rate": round(catalogue_rates().rate, 2),
            "results": [_record_type(record_type) for record_type in CATALOGUE.values()],
        }
        return Response(RecordTypesSerializer(answer).data)


def _record_type(record_type: RecordType) -> dict[str, Any]:
    rates = catalogue_rates(record_type.kind)
    return {
        "kind": record_type.kind,
        "label": in_each_language(record_type.label),
        "public_from": in_each_language(record_type.public_from),
        "items": [_item(item) for item in record_type.items],
        "open_items": rates.open_items,
        "all_items": rates.all_items,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": in_each_language(item.label),
        "disclosure": str(item.disclosure),
        "ground": item.ground.value if item.ground else None,
        "ground_label": in_each_language(item.ground.label) if item.ground else None,
        "how": in_each_language(item.how) if item.how else {},
        "keys": _keys(item),
    }


def _keys(item: Item) -> list[str]:
    """Return the keys of the published text that carry the item; a withheld item has none."""
    if item.disclosure == "withheld":
        return []
    columns = item.columns if item.disclosure != "masked" else ()
    return [*(key_of(column) for column in columns), *item.computed]
