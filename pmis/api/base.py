"""What every endpoint for signed-in people shares."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.views import APIView

from ccs.lib.acting import acting
from ccs.lib.addresses import client_address
from ccs.lib.idempotency import HEADER, LONGEST_KEY, idempotent
from pmis.models import IdempotencyKey

#: Marks a handler whose request may be repeated.
repeatable = idempotent(lambda: IdempotencyKey)

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description="The same key with the same request gets the same answer and is done once.",
)


class SignedInAPIView(APIView):
    """An endpoint for a person or for a program with the person's key. Nothing may be cached."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, with the actor named to the database while something may change."""
        with ExitStack() as self._while_answering:
            response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks; with a key, the middleware could not know it yet."""
        super().initial(request, *args, **kwargs)
        if request.auth is not None and request.method not in ("GET", "HEAD", "OPTIONS"):
            origin = f"{client_address(request)} {request.method} {request.path} API"
            self._while_answering.enter_context(acting(actor_id=request.user.pk, origin=origin))


class TokenScheme(OpenApiAuthenticationExtension):
    """Describes the API key in the OpenAPI document."""

    target_class = "ccs.auth.tokens.TokenAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return how the key is sent."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ccs_…`, made on the page “API keys” of the account.",
        }
