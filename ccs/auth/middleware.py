"""Sessions that end by themselves, and the language of the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

STARTED = "ccs_started_at"
SEEN = "ccs_seen_at"
#: The time of use is written at most this often: a session is a row of the database.
WRITTEN_EVERY = timedelta(minutes=1)


class SessionTimeoutMiddleware:
    """Sign people out whose session was idle too long or has lasted too long.

    Stands after AuthenticationMiddleware and before LoginRequiredMiddleware, which then asks for
    the sign-in and comes back to the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, signed out first if the session's time is over."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._watch(request)
        return self.get_response(request)

    def _watch(self, request: HttpRequest) -> None:
        now = timezone.now().timestamp()
        started = request.session.setdefault(STARTED, now)
        seen = request.session.setdefault(SEEN, now)
        idle = settings.SESSION_IDLE_MINUTES * 60
        if now - seen > idle or now - started > settings.SESSION_HOURS * 3600:
            logout(request)
            messages.info(
                request,
                _("You were signed out because the session was over. What you saved is kept."),
            )
        elif now - seen > WRITTEN_EVERY.total_seconds():
            request.session[SEEN] = now


class AccountLanguageMiddleware:
    """Speak the account's language on every page that has none in its address.

    Stands after AuthenticationMiddleware; LocaleMiddleware before it has chosen by cookie and
    browser, which is right for whoever is not signed in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language that the person chose, if any."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            language = request.user.language
            if language in dict(settings.LANGUAGES):
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return self.get_response(request)


class WorkingLanguageMiddleware(LocaleMiddleware):
    """Choose a language by cookie and browser where the address has none.

    Django's own would turn each 404 of a working page or the API into a redirection to the same
    address below a language, where the public pages answer everything.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Name the language of the answer, and leave its status alone."""
        if not translation.get_language_from_path(request.path_info):
            patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response
