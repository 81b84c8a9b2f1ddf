"""How django-allauth is bent to this installation: guard, closed sign-up, language, secrets."""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import Provider
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from ccs.auth.guard import Counted, count_sign_in, forgive, forgive_account
from ccs.auth.oidc import OfficeProvider
from ccs.lib.addresses import client_address
from ccs.models import User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in with a name or an e-mail address and a password, guarded against guessing."""

    _counted: Counted | None = None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: an account is asked for on the registration page and given by people."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address behind the proxies this installation trusts."""
        return client_address(request) or "0.0.0.0"  # noqa: S104 (no address known)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt before the password is looked at; raise if there were too many."""
        self._counted = count_sign_in(login=_login_of(credentials), address=client_address(request))

    def _rollback_login_failed_rl_usage(self) -> None:
        if self._counted:
            forgive(self._counted)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        forgive_account(_login_of(credentials))

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """Keep the name the person was given."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the first page after signing in."""
        return settings.LOGIN_REDIRECT_URL


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Sign-in through the ordering body's own identity provider (OpenID Connect)."""

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> Provider:
        """Return the provider, with what `ccs.auth.oidc` asks of it."""
        found = super().get_provider(request, provider, client_id)
        return OfficeProvider(request, app=found.app) if found.app else found

    def on_authentication_error(
        self, request: HttpRequest, provider: Provider, **kwargs: Any
    ) -> None:
        """Write down why a sign-in failed; the person only learns that it did."""
        logger.warning("Sign-in through %s failed: %s", provider.name, kwargs.get("exception"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Return False: the provider proves who someone is, not that they have an account."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Send a person without an account to the page where one is asked for."""
        if not sociallogin.is_existing and not request.user.is_authenticated:
            messages.warning(
                request,
                _("There is no account with this e-mail address yet. Ask for one here."),
            )
            raise ImmediateHttpResponse(redirect("account-register"))


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: secrets of authenticator apps lie encrypted in the database."""

    def get_totp_issuer(self) -> str:
        """Return the name that an authenticator app shows."""
        return settings.SITE_NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return for whom a passkey is made: this host."""
        entity = super().get_public_key_credential_rp_entity()
        return {**entity, "name": settings.SITE_NAME}

    def encrypt(self, text: str) -> str:
        """Return `text` encrypted with a key made from the newest secret key."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text; also one that was encrypted before the secret key was changed."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    digest = hashlib.sha256(b"ccs second factor" + secret.encode()).digest()
    return base64.urlsafe_b64encode(digest)


def _login_of(credentials: dict[str, Any]) -> str:
    """Return the login name of the attempt.

    Signing in by name and by address count together where the name is the address.
    """
    return str(credentials.get("email") or credentials.get("username") or "")
