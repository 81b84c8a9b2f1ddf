"""What every API endpoint shares: keyset pages and errors as RFC 9457 problem details."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import exceptions, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed


class ProblemSerializer(serializers.Serializer):
    """An error (RFC 9457); further members say more, such as `errors` by field."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


class KeysetPagination(CursorPagination):
    """Pages by key, never by offset; the newest first."""

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    cursor_query_param = "after"
    ordering = "-id"


def problem(*, code: int, title: str, detail: str = "", **facts: Any) -> Response:
    """Return a problem (RFC 9457) with `code` as its HTTP status and further facts as members."""
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail, **facts}
    return Response(body, status=code, content_type="application/problem+json")


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer `error` as problem details: 400 data, 403 role, 404 unseen, 409 state."""
    match error:
        case TransitionNotAllowed():
            return problem(
                code=409,
                title=_("Not possible in this state"),
                detail=str(error),
                state=error.state,
                possible_from=list(error.needed),
            )
        case RoleNotAllowed():
            return problem(
                code=403,
                title=_("Not allowed"),
                detail=_("None of your roles in this project may do this."),
                roles=[str(role) for role in error.roles],
            )
        case Http404():
            return problem(code=404, title=_("Not found"))
        case PermissionDenied():
            return problem(code=403, title=_("Not allowed"), detail=str(error))
        case ValidationError():
            return problem(
                code=400,
                title=_("The data cannot be accepted"),
                errors=error.message_dict if hasattr(error, "error_dict") else {"": error.messages},
            )
        case exceptions.ValidationError():
            return problem(
                code=400, title=_("The data cannot be accepted"), errors=error.get_full_details()
            )
        case exceptions.Throttled():
            return _too_many(error)
        case exceptions.APIException():
            return _from_api_exception(error)
    return None


def _too_many(error: exceptions.Throttled) -> Response:
    seconds = max(1, math.ceil(error.wait or 1))
    detail = ngettext(
        "Wait %(count)d second and ask again.", "Wait %(count)d seconds and ask again.", seconds
    )
    response = problem(code=429, title=_("Too many requests"), detail=detail % {"count": seconds})
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def _from_api_exception(error: exceptions.APIException) -> Response:
    response = problem(
        code=error.status_code, title=str(error.default_detail), detail=str(error.detail)
    )
    if getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = error.auth_header
    if error.status_code == status.HTTP_401_UNAUTHORIZED:
        response["Cache-Control"] = "no-store"
    return response
