"""The API for people who work in projects: what the pages can do, by the same services.

404 for what the asker may not see, 403 for a role they lack, 409 for a state that does not permit
it, 400 for data that cannot be accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ccs.lib.api import KeysetPagination, ProblemSerializer, problem
from pmis.api.base import IDEMPOTENCY_KEY, SignedInAPIView, repeatable
from pmis.api.serializers import (
    ActionSerializer,
    ChangedDailyReportSerializer,
    CorrectionSerializer,
    DailyReportRowSerializer,
    DailyReportSerializer,
    NewDailyReportSerializer,
    NewPhotoSerializer,
    PhotoSerializer,
    ProjectDetailSerializer,
    ProjectSerializer,
    ProjectsQuery,
    ReportQuery,
)
from pmis.models import DailyReport, Photo, Project
from pmis.services.approvals import perform
from pmis.services.daily_reports import (
    LINES,
    copy_from_previous,
    correct_daily_report,
    open_daily_report,
    report_of_day,
    save_daily_report,
)
from pmis.services.inbox import waiting_for
from pmis.services.photos import add_photo

PROBLEMS = {
    400: OpenApiResponse(ProblemSerializer, "The data cannot be accepted."),
    401: OpenApiResponse(ProblemSerializer, "Nobody is signed in."),
    403: OpenApiResponse(ProblemSerializer, "None of the asker's roles may do this."),
    404: OpenApiResponse(ProblemSerializer, "Unknown, or not visible to the asker."),
}
CHANGING = {
    **PROBLEMS,
    409: OpenApiResponse(
        ProblemSerializer, "The state does not permit it, or somebody was faster."
    ),
    422: OpenApiResponse(ProblemSerializer, "The idempotency key was used for another request."),
}
READING = {key: PROBLEMS[key] for key in (401, 404)}


class ProjectKeyset(KeysetPagination):
    """Projects, the newest first."""

    ordering = "-id"


class ReportKeyset(KeysetPagination):
    """Reports, the newest day first."""

    ordering = ("-date", "-id")


class ListView(SignedInAPIView):
    """A list by keyset."""

    pagination_class = KeysetPagination

    def page(self, request: Request, rows: QuerySet, serializer: Any) -> Response:
        """Return a page of `rows`, with the addresses of the pages before and after."""
        paginator = self.pagination_class()
        found = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(
            serializer(found, many=True, context={"request": request}).data
        )


def page_of(name: str, row: type[serializers.Serializer]) -> Any:
    """Return the shape of a page of rows, for the description of the API."""
    return inline_serializer(
        name,
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )


class ProjectsView(ListView):
    """The projects that the asker may see."""

    pagination_class = ProjectKeyset

    @extend_schema(
        operation_id="pmis_projects_list",
        parameters=[ProjectsQuery],
        responses={200: page_of("PmisProjectPage", ProjectSerializer), 401: PROBLEMS[401]},
        tags=["pmis"],
    )
    def get(self, request: Request) -> Response:
        """List projects: all of them in administration mode, one's own in business mode."""
        query = ProjectsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        rows = Project.objects.visible_to(request.user).select_related("ordering_body")
        if text := asked.pop("text", ""):
            rows = rows.filter(
                Q(name__icontains=text) | Q(name_en__icontains=text) | Q(code__icontains=text)
            )
        return self.page(request, rows.filter(**asked), ProjectSerializer)


class ProjectView(SignedInAPIView):
    """One project."""

    @extend_schema(
        operation_id="pmis_projects_retrieve",
        responses={200: ProjectDetailSerializer, **READING},
        tags=["pmis"],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return the project, the asker's roles in it, and its work items."""
        projects = Project.objects.visible_to(request.user).select_related("ordering_body")
        project = get_object_or_404(projects, public_id=public_id)
        return Response(ProjectDetailSerializer(project, context={"request": request}).data)


def visible_report(request: Request, public_id: UUID) -> DailyReport:
    """Return the version in work, else the approved one; raise Http404 if it may not be seen."""
    reports = DailyReport.objects.visible_to(request.user).latest_versions()
    return get_object_or_404(reports.select_related("project", "author"), public_id=public_id)


def answer(request: Request, report: DailyReport, status: int = 200) -> Response:
    """Answer with the report as it is now."""
    full = DailyReport.objects.select_related("project", "author").prefetch_related(
        *(name for name in LINES if name not in ("work_lines", "planned_lines", "report_photos")),
        "work_lines__work_item",
        "work_lines__organization",
        "planned_lines__work_item",
        "report_photos__photo",
    )
    body = DailyReportSerializer(full.get(pk=report.pk), context={"request": request}).data
    response = Response(body, status=status)
    response.headers["Location"] = reverse("api-pmis-daily-report", args=[report.public_id])
    return response


class DailyReportsView(ListView):
    """Daily reports of the projects that the asker may see."""

    pagination_class = ReportKeyset

    @extend_schema(
        operation_id="pmis_daily_reports_list",
        parameters=[ReportQuery],
        responses={
            200: page_of("PmisDailyReportPage", DailyReportRowSerializer),
            400: PROBLEMS[400],
            401: PROBLEMS[401],
        },
        tags=["pmis"],
    )
    def get(self, request: Request) -> Response:
        """List reports, of each the version in work or else the approved one."""
        query = ReportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = _filtered(query.validated_data, request)
        return self.page(request, rows.select_related("project"), DailyReportRowSerializer)

    @extend_schema(
        operation_id="pmis_daily_reports_create",
        parameters=[IDEMPOTENCY_KEY],
        request=NewDailyReportSerializer,
        responses={200: DailyReportSerializer, 201: DailyReportSerializer, **CHANGING},
        tags=["pmis"],
    )
    @repeatable
    def post(self, request: Request) -> Response:
        """Begin the report of a day.

        Where the day has a report already, it is returned (200) if nothing but project and day
        was sent; with content the answer is 409, and the report is changed under its own address.
        """
        project = project_of_request(request)
        given = NewDailyReportSerializer(data=request.data, context={"project": project})
        given.is_valid(raise_exception=True)
        fields, lines = given.split()
        date, copies = given.validated_data["date"], given.validated_data["copy_previous"]
        if known := report_of_day(project=project, date=date):
            return _opened(request, known, has_content=bool(fields or lines or copies))
        with transaction.atomic():
            report = open_daily_report(project=project, date=date, by=request.user)
            if copies and (copied := copy_from_previous(project=project, date=date)):
                fields, lines = copied.fields | fields, copied.lines | lines
            if fields or lines:
                report = save_daily_report(
                    report=report, fields=fields, lines=lines, by=request.user
                )
        return answer(request, report, status=201)


def _filtered(asked: dict[str, Any], request: Request) -> QuerySet[DailyReport]:
    rows = DailyReport.objects.visible_to(request.user).latest_versions()
    lookups = {
        "project": "project__public_id",
        "state": "state",
        "date_from": "date__gte",
        "date_to": "date__lte",
    }
    rows = rows.filter(**{lookups[name]: asked[name] for name in lookups if name in asked})
    if asked["waiting_for_me"]:
        waiting = waiting_for(request.user).filter(record_type="daily_report")
        rows = rows.filter(public_id__in=waiting.values("record_public_id"))
    return rows


def project_of_request(request: Request) -> Project:
    """Return the project that the body names; 400 without one, 404 where it may not be seen."""
    named = serializers.UUIDField()
    given = request.data.get("project") if isinstance(request.data, Mapping) else None
    try:
        public_id = named.run_validation(given)
    except serializers.ValidationError as error:
        raise serializers.ValidationError({"project": error.detail}) from error
    return get_object_or_404(Project.objects.visible_to(request.user), public_id=public_id)


def _opened(request: Request, report: DailyReport, *, has_content: bool) -> Response:
    if not has_content:
        return answer(request, report)
    path = reverse("api-pmis-daily-report", args=[report.public_id])
    return problem(
        code=409,
        title=_("The day has a report already"),
        detail=_("Change the report of the day instead of making a second one."),
        report=request.build_absolute_uri(path),
        revision=report.revision,
    )


class DailyReportView(SignedInAPIView):
    """One daily report."""

    @extend_schema(
        operation_id="pmis_daily_reports_retrieve",
        responses={200: DailyReportSerializer, **READING},
        tags=["pmis"],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return the version in work, else the approved one."""
        return answer(request, visible_report(request, public_id))

    @extend_schema(
        operation_id="pmis_daily_reports_update",
        parameters=[IDEMPOTENCY_KEY],
        request=ChangedDailyReportSerializer,
        responses={200: DailyReportSerializer, **CHANGING},
        tags=["pmis"],
    )
    @repeatable
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change a report in work. Fields not sent stay; a list of lines replaces those lines."""
        report = visible_report(request, public_id)
        given = ChangedDailyReportSerializer(
            data=request.data, partial=True, context={"project": report.project}
        )
        given.fields["revision"].required = True
        given.is_valid(raise_exception=True)
        if "revision" not in given.validated_data:
            raise serializers.ValidationError({"revision": _("Say which revision you read.")})
        fields, lines = given.split()
        report = save_daily_report(
            report=report,
            fields=fields,
            lines=lines,
            by=request.user,
            revision=given.validated_data["revision"],
        )
        return answer(request, report)


class ActionView(SignedInAPIView):
    """A step of the workflow; the address names it."""

    action = ""

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=ActionSerializer,
        responses={200: DailyReportSerializer, **CHANGING},
        tags=["pmis"],
    )
    @repeatable
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take the step and return the report as it is then."""
        report = visible_report(request, public_id)
        given = ActionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        report = perform(
            subject=report, action=self.action, by=request.user, **given.validated_data
        )
        return answer(request, report)


class CorrectView(SignedInAPIView):
    """A correction of an approved report."""

    @extend_schema(
        operation_id="pmis_daily_reports_correct",
        parameters=[IDEMPOTENCY_KEY],
        request=CorrectionSerializer,
        responses={201: DailyReportSerializer, **CHANGING},
        tags=["pmis"],
    )
    @repeatable
    def post(self, request: Request, public_id: UUID) -> Response:
        """Begin a new version with its reason; the approved one stays public meanwhile."""
        report = visible_report(request, public_id)
        given = CorrectionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        report = correct_daily_report(
            report=report, reason=given.validated_data["reason"], by=request.user
        )
        return answer(request, report, status=201)


class ReportPhotosView(SignedInAPIView):
    """The photos that a report names."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="pmis_daily_report_photos_list",
        responses={200: PhotoSerializer(many=True), **READING},
        tags=["pmis"],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """List the photos of the report in their order."""
        report = visible_report(request, public_id)
        photos = Photo.objects.filter(report_photos__report=report)
        rows = photos.order_by("report_photos__order", "report_photos__id")
        return Response(PhotoSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="pmis_daily_report_photos_create",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": NewPhotoSerializer},
        responses={201: PhotoSerializer, **CHANGING},
        tags=["pmis"],
    )
    @repeatable
    def post(self, request: Request, public_id: UUID) -> Response:
        """Add a photo to a report in work. It is public once processed and checked."""
        report = visible_report(request, public_id)
        given = NewPhotoSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            DailyReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
            photo = add_photo(project=report.project, by=request.user, **given.validated_data)
            named = report.report_photos.order_by("order", "id").values_list("photo", flat=True)
            rows = [{"photo": key} for key in (*named, photo.pk)]
            save_daily_report(
                report=report, fields={}, lines={"report_photos": rows}, by=request.user
            )
        return Response(PhotoSerializer(photo).data, status=201)
