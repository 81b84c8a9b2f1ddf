"""What a device without a network takes along, and what it sends when the network is back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ccs.lib.api import ProblemSerializer, problem
from ccs.lib.idempotency import HEADER
from pmis.api.base import SignedInAPIView
from pmis.api.views import PROBLEMS
from pmis.models import Project, ReceivedDraft
from pmis.offline_kit import device_key, offline_forms
from pmis.records import REGISTRY
from pmis.records.types import RecordType
from pmis.services.drafts import MOST_CHARACTERS, DraftTooLarge
from pmis.services.offline import (
    ClientIdReused,
    SentDraft,
    SentPhoto,
    receive_draft,
    receive_photo,
)

CLIENT_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "format": "uuid"},
    OpenApiParameter.HEADER,
    required=True,
    description="The id that the device made: sent again, it is done once.",
)
SENDING = {
    **PROBLEMS,
    422: OpenApiResponse(ProblemSerializer, "The id was used for something else."),
}
#: Positions and editions go no further than their columns hold.
MOST_EDITIONS = 2_147_483_647
MOST_PHOTOS = 32_767


class OfflineFormSerializer(serializers.Serializer):
    """An empty form that works without a network."""

    url = serializers.CharField()
    project = serializers.UUIDField()
    project_name = serializers.CharField()
    record_type = serializers.CharField()
    label = serializers.CharField()


class OfflineKitSerializer(serializers.Serializer):
    """What a device takes along."""

    user = serializers.CharField(help_text="Keeps the stores of two people on a device apart.")
    csrf_token = serializers.CharField()
    forms = OfflineFormSerializer(many=True)


class SentSerializer(serializers.Serializer):
    """What a draft and a photo of a device have in common."""

    project = serializers.UUIDField()
    record_type = serializers.CharField(max_length=30)


class SentDraftSerializer(SentSerializer):
    """A draft as a device sends it."""

    key = serializers.CharField(max_length=60, allow_blank=True, default="")
    edition = serializers.IntegerField(min_value=1, max_value=MOST_EDITIONS)
    revision = serializers.IntegerField(min_value=0, allow_null=True, default=None)
    fields_sent = serializers.CharField(
        allow_blank=True,
        trim_whitespace=False,
        max_length=3 * MOST_CHARACTERS,
        help_text="The fields of the form, as application/x-www-form-urlencoded.",
    )


class SentPhotoSerializer(SentSerializer):
    """A photo as a device sends it."""

    draft = serializers.UUIDField(help_text="The device's id of the draft that it belongs to.")
    file = serializers.FileField()
    position = serializers.IntegerField(min_value=0, max_value=MOST_PHOTOS, default=0)
    caption = serializers.CharField(allow_blank=True, default="", max_length=2000)
    activity = serializers.CharField(allow_blank=True, default="", max_length=200)


class DraftAnswerSerializer(serializers.Serializer):
    """What became of a draft."""

    outcome = serializers.ChoiceField(choices=ReceivedDraft.Outcome.choices)
    edition = serializers.IntegerField()
    sentence = serializers.CharField()
    url = serializers.CharField(help_text="The record; the form to mend; or both versions.")
    check_url = serializers.CharField(allow_blank=True)


class PhotoAnswerSerializer(serializers.Serializer):
    """What became of a photo."""

    outcome = serializers.CharField()
    sentence = serializers.CharField(allow_blank=True)


class OfflineKitView(SignedInAPIView):
    """What a device takes along, and a fresh token for sending."""

    @extend_schema(
        operation_id="pmis_offline_kit",
        responses={200: OfflineKitSerializer, 401: PROBLEMS[401]},
        tags=["pmis"],
    )
    def get(self, request: Request) -> Response:
        """Return the forms that the asker may fill in, whose device this is, and a token."""
        kit = {
            "user": device_key(request.user),
            "csrf_token": get_token(request._request),
            "forms": offline_forms(request.user),
        }
        return Response(OfflineKitSerializer(kit).data)


class SendingView(SignedInAPIView):
    """Takes in what a device kept. A repeat is answered like the first time."""

    def named(self, request: Request, asked: dict[str, Any]) -> tuple[UUID, Project, RecordType]:
        """Return the device's id, the project and the record type; 400 or 404 without."""
        client_id = serializers.UUIDField().run_validation(request.headers.get(HEADER, ""))
        projects = Project.objects.visible_to(request.user).select_related("ordering_body")
        project = get_object_or_404(projects, public_id=asked["project"])
        entry = REGISTRY.get(asked["record_type"])
        if entry is None or not entry.works_offline:
            raise serializers.ValidationError(
                {"record_type": _("This form needs a network connection.")}
            )
        return client_id, project, entry


def id_reused() -> Response:
    """Answer that an id of the device names something else already."""
    return problem(
        code=422,
        title=_("The key was used before"),
        detail=_("Another request had this key. Choose a new key for a new request."),
    )


class DraftsView(SendingView):
    """Drafts that were written without a network."""

    parser_classes = (JSONParser,)

    @extend_schema(
        operation_id="pmis_offline_drafts_create",
        parameters=[CLIENT_KEY],
        request=SentDraftSerializer,
        responses={200: DraftAnswerSerializer, **SENDING},
        tags=["pmis"],
    )
    def post(self, request: Request) -> Response:
        """Save the draft as its form would; what cannot be saved is kept, nothing overwritten."""
        given = SentDraftSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        client_id, project, entry = self.named(request, asked)
        sent = SentDraft(
            client_id=client_id,
            edition=asked["edition"],
            key=asked["key"],
            fields=QueryDict(asked["fields_sent"]),
            revision=asked["revision"],
        )
        try:
            received = receive_draft(project=project, entry=entry, sent=sent, by=request.user)
        except ClientIdReused:
            return id_reused()
        except DraftTooLarge:
            return problem(code=413, title=_("The form is too large."))
        return Response(DraftAnswerSerializer(draft_answer(received, entry)).data)


def draft_answer(received: ReceivedDraft, entry: RecordType) -> dict[str, Any]:
    """Return what a device shows of a draft that came in."""
    outcome = ReceivedDraft.Outcome(received.outcome)
    check_url, url = "", reverse("pmis:offline-received", args=[received.client_id])
    if outcome == outcome.SAVED:
        url = reverse(f"pmis:{entry.name}-detail", args=[received.record_public_id])
        check_url = reverse(f"pmis:{entry.name}-check", args=[received.record_public_id])
    elif outcome == outcome.INVALID:
        place = [received.project.public_id, received.key]
        url = f"{reverse(f'pmis:{entry.name}-write', args=place)}?check=1"
    sentences = {
        outcome.SAVED: _("It is on the server. Nobody is asked before you submit it."),
        outcome.INVALID: _("Something has to be mended. The text waits in the form."),
        outcome.CONFLICT: _("The server has a newer version. Nothing was overwritten."),
        outcome.DROPPED: _("You decided for the version on the server."),
    }
    return {
        "outcome": outcome,
        "edition": received.edition,
        "sentence": sentences[outcome],
        "url": url,
        "check_url": check_url,
    }


class PhotosView(SendingView):
    """Photos that were taken without a network."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="pmis_offline_photos_create",
        parameters=[CLIENT_KEY],
        request={"multipart/form-data": SentPhotoSerializer},
        responses={200: PhotoAnswerSerializer, **SENDING},
        tags=["pmis"],
    )
    def post(self, request: Request) -> Response:
        """Store the photo once; its record names it as soon as both are here."""
        given = SentPhotoSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        client_id, project, entry = self.named(request, asked)
        sent = SentPhoto(
            client_id=client_id,
            draft_client_id=asked["draft"],
            file=asked["file"],
            position=asked["position"],
            caption=asked["caption"],
            activity=asked["activity"],
        )
        try:
            received = receive_photo(project=project, entry=entry, sent=sent, by=request.user)
        except ClientIdReused:
            return id_reused()
        answer = {"outcome": received.outcome, "sentence": received.sentence}
        return Response(PhotoAnswerSerializer(answer).data)
