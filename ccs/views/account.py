"""Pages of one's own account: facts, language, API keys."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ccs.auth.registration_forms import TokenForm
from ccs.models import AccessToken
from ccs.services.registrations import visible_registrations
from ccs.services.tokens import issue_token, revoke_token
from ccs.views.outbox import FILE_BACKEND


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own account and the ways to keep it safe."""
    has_outbox = settings.EMAIL_BACKEND == FILE_BACKEND and not settings.IN_PRODUCTION
    page = {
        "decides": visible_registrations(request.user).exists(),
        "has_outbox": has_outbox and request.user.office_role == "administrator",
    }
    return render(request, "account/overview.html", page)


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and, when signed in, with the account."""
    language = request.POST.get("language", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = settings.LOGIN_REDIRECT_URL
    response = redirect(back)
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
        if request.user.is_authenticated:
            request.user.language = language
            request.user.save(update_fields=["language"])
    return response


@method_decorator(never_cache, name="dispatch")
class TokensView(View):
    """One's own API keys; a new one is shown once, in the answer that made it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List the keys."""
        return self._page(request, TokenForm())

    @method_decorator(reauthentication_required)
    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a key, after a fresh proof of who asks."""
        form = TokenForm(request.POST)
        if form.is_valid():
            try:
                _token, key = issue_token(user=request.user, **form.cleaned_data)
                return self._page(request, TokenForm(), key=key, status=201)
            except ValidationError as error:
                form.add_error(None, error)
        return self._page(request, form, status=400)

    def _page(
        self, request: HttpRequest, form: TokenForm, key: str = "", status: int = 200
    ) -> HttpResponse:
        page = {"form": form, "key": key, "tokens": request.user.access_tokens.all()[:100]}
        return render(request, "account/tokens.html", page, status=status)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own keys."""
    token = get_object_or_404(AccessToken, user=request.user, pk=pk)
    revoke_token(token=token)
    messages.success(request, _("The key “%(name)s” is revoked.") % {"name": token.name})
    return redirect("account-tokens")
