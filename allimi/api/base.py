"""What every endpoint of the public API shares: openness, ETag, compression, keyset pages.

SECURITY: the views are marked `public`: they are called past session and sign-in, read as the
portal's role, and a query on the working database raises. Whoever asks gets the portal's data.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from allimi.models import PublishedRecord, PublishedVersion
from allimi.presentation.listing import RecordPage
from allimi.presentation.release import release
from allimi.presentation.serving import CACHE_CONTROL, newest_publication
from ccs.lib.publicity import public
from ccs.throttles import AddressThrottle

SerializerT = TypeVar("SerializerT", bound=serializers.Serializer)
PAGE_SIZE = 100
MOST_ROWS = 500
COMPRESSION_LEVEL = 6
#: Smaller answers are not worth compressing.
LEAST_COMPRESSED = 1400


class PublicAPIView(APIView):
    """An endpoint that everyone may read and anyone may cache until the next publication."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (AddressThrottle,)
    http_method_names = ("get", "head", "options")

    @classmethod
    def as_view(cls, **kwargs: Any) -> Callable[..., HttpResponse]:
        """Return the view, marked as public."""
        return public(super().as_view(**kwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, or say that nothing was published since the asker's copy."""
        compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        tag = f'"{newest_publication().version}-{release()}-api{"-gz" if compressed else ""}"'
        if tag in request.headers.get("If-None-Match", ""):
            return _with_headers(HttpResponse(status=304), tag)
        response = super().dispatch(request, *args, **kwargs)
        response.render()
        if compressed and len(response.content) >= LEAST_COMPRESSED:
            response.content = gzip.compress(response.content, COMPRESSION_LEVEL, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
        return _with_headers(response, tag if response.status_code == 200 else "")

    def asked(self, serializer_class: type[SerializerT], request: Request) -> dict[str, Any]:
        """Return the checked query of the request; a value that cannot be read answers 400."""
        query = serializer_class(data=request.query_params)
        query.is_valid(raise_exception=True)
        return query.validated_data


def _with_headers(response: HttpResponse, tag: str) -> HttpResponse:
    if tag:
        response.headers["ETag"] = tag
    # A refusal of one asker must not be kept for others.
    refused = response.status_code == 429
    response.headers["Cache-Control"] = "no-store" if refused else CACHE_CONTROL
    response.headers["Access-Control-Allow-Origin"] = "*"
    del response.headers["Vary"]
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


class PageQuery(serializers.Serializer):
    """Where a page of a list begins and how long it is."""

    after = serializers.UUIDField(
        required=False, help_text="Public id of the last record of the page before."
    )
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ROWS, default=PAGE_SIZE
    )


def with_commitment(records: QuerySet[PublishedRecord]) -> QuerySet[PublishedRecord]:
    """Return the records with the commitment of the version they show."""
    versions = PublishedVersion.objects.filter(
        public_id=OuterRef("public_id"), version_no=OuterRef("version_no")
    )
    return records.annotate(commitment=Subquery(versions.values("commitment")[:1]))


def page_answer(
    request: Request, page: RecordPage, serializer: type[serializers.Serializer]
) -> Response:
    """Answer with a page of records and the address of the next one."""
    rows = serializer(page.records, many=True, context={"request": request}).data
    return Response({"next": next_url(request, page.next_after), "results": rows})


def next_url(request: Request, after: UUID | str | None) -> str | None:
    """Return the address of the page that begins after `after`, None at the end."""
    if after is None:
        return None
    query = request.query_params.copy()
    query["after"] = str(after)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
