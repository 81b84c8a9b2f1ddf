"""Middleware: public requests past everything personal; who acts, for the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import translation

from ccs.lib.acting import acting
from ccs.lib.addresses import client_address
from ccs.lib.publicity import PrivateDataTouched, public_request

GetResponse = Callable[[HttpRequest], HttpResponse]


def _refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> NoReturn:
    raise PrivateDataTouched(sql[:200])


class PublicRequestMiddleware:
    """Serve public views without session, user, cookie or the working database.

    Django's own sign-in middleware evaluates `request.user` before it asks whether a view is
    exempt, and every page would then vary by cookie. Here a view marked by `public` is called
    at once; all others go on to the rest of the middleware. With `CCS_SERVE=portal` nothing
    else exists.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a public request here, or pass the request on."""
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        with translation.override(language):
            match = self._match(request)
            if match is not None:
                request.LANGUAGE_CODE = language
                return self._serve(request, match, language)
        return self.get_response(request)

    def _match(self, request: HttpRequest) -> ResolverMatch | None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return None
        return match if getattr(match.func, "is_public", False) else None

    def _serve(self, request: HttpRequest, match: ResolverMatch, language: str) -> HttpResponse:
        request.resolver_match = match
        default = connections["default"]
        guarded = default is not connections["portal"]
        with public_request():
            if not guarded:
                return self._answer(request, match, language)
            with default.execute_wrapper(_refuse):
                return self._answer(request, match, language)

    def _answer(self, request: HttpRequest, match: ResolverMatch, language: str) -> HttpResponse:
        response = match.func(request, *match.args, **match.kwargs)
        if hasattr(response, "render") and callable(response.render):
            response = response.render()
        response.headers.setdefault("Content-Language", language)
        return response


class ActorMiddleware:
    """Name the signed-in person to the database for the length of a changing request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with the actor named while it may change something."""
        if request.method in ("GET", "HEAD", "OPTIONS") or not request.user.is_authenticated:
            return self.get_response(request)
        origin = f"{client_address(request)} {request.method} {request.path}"
        with acting(actor_id=request.user.pk, origin=origin):
            return self.get_response(request)
