"""The API of every record type of the registry: what its pages can do, by the same services.

`/api/v1/pmis/<slug>/`. The daily report has richer addresses of its own (`pmis/api/views.py`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ccs.lib.api import KeysetPagination
from ccs.lib.identity import new_public_id
from pmis.api.base import IDEMPOTENCY_KEY, repeatable
from pmis.api.record_shapes import action_shape, content_shape, row_shape, whole_shape
from pmis.api.serializers import CorrectionSerializer, NewPhotoSerializer, PhotoSerializer
from pmis.api.views import CHANGING, PROBLEMS, READING, ListView, page_of, project_of_request
from pmis.models import Record, RecordState
from pmis.records import RecordType, types
from pmis.services.approvals import perform
from pmis.services.photos import add_photo
from pmis.services.records import action_names, correct_record

#: Fields of a request that are not the record's content.
FRAME = ("project", "public_id", "revision")


class RecordKeyset(KeysetPagination):
    """Records, the newest first."""

    ordering = "-id"


class RecordQuery(serializers.Serializer):
    """Filters of a list of records."""

    project = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=RecordState.choices, required=False)


class _Records(ListView):
    """What the addresses of one record type share."""

    pagination_class = RecordKeyset
    entry: RecordType

    def visible(self, request: Request) -> QuerySet:
        """Return the newest versions that the asker may see."""
        return self.entry.visible_to(request.user).latest_versions()

    def record(self, request: Request, public_id: UUID) -> Record:
        """Return one of them; raise Http404 if it may not be seen."""
        records = self.visible(request).select_related("project", "author")
        return get_object_or_404(records, public_id=public_id)

    def answer(self, request: Request, record: Record, status: int = 200) -> Response:
        """Answer with the record as it is now."""
        records = self.entry.model._default_manager.select_related("project", "author")
        record = records.prefetch_related(*self.entry.prefetched).get(pk=record.pk)
        shape = whole_shape(self.entry.record_type)
        response = Response(shape(record, context={"request": request}).data, status=status)
        address = reverse(f"api-pmis-{self.entry.name}", args=[record.public_id])
        response.headers["Location"] = address
        return response

    def content(
        self, request: Request, record_project: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the checked fields and lines of the body."""
        body = {key: value for key, value in request.data.items() if key not in FRAME}
        shape = content_shape(self.entry.record_type)
        given = shape(data=body, partial=True, context={"project": record_project})
        given.is_valid(raise_exception=True)
        checked = dict(given.validated_data)
        names = {spec.name for spec in self.entry.lines}
        lines = {name: checked.pop(name) for name in list(checked) if name in names}
        return checked, lines

    def save(self, request: Request, record: Record, revision: int | None) -> Record:
        """Write the content of the body into a record."""
        fields, lines = self.content(request, record.project)
        return self.entry.save(
            record=record, fields=fields, lines=lines, by=request.user, revision=revision
        )


class RecordsView(_Records):
    """Records of one type in the projects that the asker may see."""

    def get(self, request: Request) -> Response:
        """List records, of each its newest version."""
        query = RecordQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = self.visible(request)
        asked = query.validated_data
        if project := asked.get("project"):
            rows = rows.filter(project__public_id=project)
        if state := asked.get("state"):
            rows = rows.filter(state=state)
        return self.page(request, rows, row_shape(self.entry.record_type))

    @repeatable
    def post(self, request: Request) -> Response:
        """Begin a record in `project`.

        `public_id` may be made by the asker: the same one again gives the record that is there.
        """
        project = project_of_request(request)
        key = serializers.UUIDField().run_validation(
            request.data.get("public_id") or str(new_public_id())
        )
        with transaction.atomic():
            known = self.entry.found(project, str(key), request.user)
            record = known or self.entry.opened(project, str(key), request.user)
            if known is None:
                record = self.save(request, record, None)
        return self.answer(request, record, status=200 if known else 201)


class RecordView(_Records):
    """One record."""

    def get(self, request: Request, public_id: UUID) -> Response:
        """Return its newest version."""
        return self.answer(request, self.record(request, public_id))

    @repeatable
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change a record in work. Fields not sent stay; a list of lines replaces those lines."""
        record = self.record(request, public_id)
        given = serializers.IntegerField(min_value=1).run_validation(request.data.get("revision"))
        return self.answer(request, self.save(request, record, given))


class RecordActionView(_Records):
    """A step of the workflow; the address names it."""

    action = ""

    @repeatable
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take the step and return the record as it is then."""
        record = self.record(request, public_id)
        shape = action_shape(self.entry.record_type, self.action)
        given = shape(data=request.data, context={"project": record.project})
        given.is_valid(raise_exception=True)
        checked = dict(given.validated_data)
        record = perform(
            subject=record,
            action=self.action,
            by=request.user,
            comment=checked.pop("comment"),
            revision=checked.pop("revision", None),
            fields=checked.pop("fields", None),
            lines=checked,
        )
        return self.answer(request, record)


class RecordCorrectView(_Records):
    """A correction of a record in force."""

    @repeatable
    def post(self, request: Request, public_id: UUID) -> Response:
        """Begin a new version with its reason; the one in force stays public meanwhile."""
        given = CorrectionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        record = correct_record(
            record=self.record(request, public_id),
            reason=given.validated_data["reason"],
            by=request.user,
        )
        return self.answer(request, record, status=201)


class RecordPhotosView(_Records):
    """The photos that a record names."""

    parser_classes = (MultiPartParser,)

    @repeatable
    def post(self, request: Request, public_id: UUID) -> Response:
        """Add a photo to a record in work. It is public once processed and checked."""
        record = self.record(request, public_id)
        given = NewPhotoSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        name = self.entry.photo_lines
        with transaction.atomic():
            records = self.entry.model._default_manager.select_for_update(of=("self",))
            record = records.get(pk=record.pk)
            photo = add_photo(project=record.project, by=request.user, **given.validated_data)
            named = getattr(record, name).values_list("photo", flat=True)
            rows = [{"photo": key} for key in (*named, photo.pk)]
            self.entry.save(record=record, fields={}, lines={name: rows}, by=request.user)
        return Response(PhotoSerializer(photo).data, status=201)


# -- Addresses ---------------------------------------------------------------------------------


def _described(view: type, entry: RecordType, what: str, **methods: Any) -> type:
    """Return the view of one record type with its description for the API document."""
    name = f"{entry.record_type}_{what}"
    members: dict[str, Any] = {"entry": entry}
    for method, (operation, request, responses) in methods.items():
        described = extend_schema(
            operation_id=f"pmis_{entry.record_type}_{operation}",
            parameters=[IDEMPOTENCY_KEY] if method != "get" else None,
            request=request,
            responses=responses,
            tags=[f"pmis: {entry.slug}"],
        )
        original = getattr(view, method)
        members[method] = described(_copy(original))
    return type(name, (view,), members)


def _copy(method: Any) -> Any:
    def copied(self: Any, *args: Any, **kwargs: Any) -> Response:
        return method(self, *args, **kwargs)

    copied.__doc__ = method.__doc__
    return copied


def urls_of(entry: RecordType) -> list[URLPattern]:
    """Return the addresses of one record type."""
    kind = entry.record_type
    whole, content = whole_shape(kind), content_shape(kind)
    listed = {200: page_of(f"Pmis{kind.title()}Page", row_shape(kind)), 401: PROBLEMS[401]}
    made = {200: whole, 201: whole, **CHANGING}
    one = f"{entry.slug}/<uuid:public_id>/"
    views: list[tuple[str, str, type]] = [
        (
            f"{entry.slug}/",
            "list",
            _described(
                RecordsView,
                entry,
                "list",
                get=("list", None, listed),
                post=("create", content, made),
            ),
        ),
        (
            one,
            "",
            _described(
                RecordView,
                entry,
                "one",
                get=("retrieve", None, {200: whole, **READING}),
                patch=("update", content, {200: whole, **CHANGING}),
            ),
        ),
        (
            f"{one}correct/",
            "correct",
            _described(
                RecordCorrectView,
                entry,
                "correct",
                post=("correct", CorrectionSerializer, {201: whole, **CHANGING}),
            ),
        ),
    ]
    if entry.photo_lines:
        form = {"multipart/form-data": NewPhotoSerializer}
        answers = {201: PhotoSerializer, **CHANGING}
        view = _described(RecordPhotosView, entry, "photos", post=("add_photo", form, answers))
        views.append((f"{one}photos/", "photos", view))
    for action in action_names(kind):
        shape = action_shape(kind, action)
        answers = {200: whole, **CHANGING}
        view = _described(RecordActionView, entry, action, post=(action, shape, answers))
        view.action = action
        views.append((f"{one}{action}/", action, view))
    names = {"": f"api-pmis-{entry.name}", "list": f"api-pmis-{entry.name}-list"}
    return [
        path(address, view.as_view(), name=names.get(what, f"api-pmis-{entry.name}-{what}"))
        for address, what, view in views
    ]


urlpatterns = [
    pattern
    for entry in types()
    if entry.record_type != "daily_report"
    for pattern in urls_of(entry)
]
