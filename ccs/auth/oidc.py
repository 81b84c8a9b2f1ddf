"""Signing in through the office's identity provider: what OpenID Connect asks of the asker.

django-allauth keeps state and PKCE. What it leaves open is closed here: a nonce binds the ID token
to the browser that began (OpenID Connect Core 1.0, 3.1.3.7 no. 11), the token's signature is always
compared, user info must be of the person of the token (5.3.2), the discovered issuer must be the
one of the settings (Discovery 1.0, 4.3), and an address is verified only where the provider says
so by a true value. A provider that does not answer leads to a page with a sentence.
"""

from __future__ import annotations

import secrets
from typing import Any

import jwt
import requests
from allauth.account.internal.decorators import login_not_required
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2CallbackView,
    OAuth2LoginView,
    OAuth2View,
)
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

#: Signatures that need the provider's public key; a shared secret signs nothing here.
SIGNATURES = frozenset(
    f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)
) | {"EdDSA"}


def nonce_of(code_verifier: str) -> str:
    """Return the nonce of an attempt, made from the PKCE secret that its session keeps."""
    return salted_hmac("ccs.auth.oidc.nonce", code_verifier, algorithm="sha256").hexdigest()


class OfficeAdapter(OpenIDConnectOAuth2Adapter):
    """Talks to the provider; every refusal is an `OAuth2Error`."""

    _nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return what the provider says of itself, once it is the provider of the settings."""
        try:
            config = super().openid_config
        except (requests.RequestException, ValueError) as error:
            raise OAuth2Error("The identity provider does not answer") from error
        issuer = self.get_provider().app.settings["server_url"].partition("/.well-known/")[0]
        if str(config.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise OAuth2Error(f"The identity provider names another issuer than {issuer}")
        return config

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: Any = None
    ) -> dict[str, Any]:
        """Trade the code for tokens, remembering the nonce that this attempt was given."""
        self._nonce = nonce_of(pkce_code_verifier) if pkce_code_verifier else ""
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Return who signed in, after comparing nonce and person of token and user info."""
        if not (id_token := kwargs["response"].get("id_token")):
            raise OAuth2Error("The identity provider sent no ID token")
        claims = self._decode_id_token(app, id_token)
        if not self._nonce or not secrets.compare_digest(
            str(claims.get("nonce", "")).encode(), self._nonce.encode()
        ):
            raise OAuth2Error("The ID token belongs to another sign-in")
        known = {"id_token": claims}
        if app.settings.get("fetch_userinfo", True):
            known["userinfo"] = self._fetch_user_info(token.token)
            if known["userinfo"].get("sub") != claims.get("sub"):
                raise OAuth2Error("Token and user info name different persons")
        return self.get_provider().sociallogin_from_response(request, known)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(id_token)
            if header.get("alg") not in SIGNATURES:
                raise OAuth2Error("The ID token is not signed with the provider's key")
            return jwt.decode(
                id_token,
                key=self._signing_key(header),
                algorithms=[header["alg"]],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                options={"require": ["iss", "aud", "exp", "iat", "sub"]},
            )
        except (jwt.PyJWTError, LookupError, TypeError, ValueError) as error:
            raise OAuth2Error("The ID token cannot be read") from error

    def _signing_key(self, header: dict[str, Any]) -> Any:
        """Return the provider's key that the token names; it may name none where there is one."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = [key for key in answer.json()["keys"] if key.get("use", "sig") == "sig"]
        if "kid" in header:
            keys = [key for key in keys if key.get("kid") == header["kid"]]
        if len(keys) != 1:
            raise LookupError(f"{len(keys)} keys fit the token")
        return jwt.PyJWK(keys[0], algorithm=header["alg"]).key


class OfficeProvider(OpenIDConnectProvider):
    """The provider of the settings."""

    oauth2_adapter_class = OfficeAdapter

    def get_pkce_params(self) -> dict[str, str]:
        """Return the proof of the code exchange, and the nonce that goes with it."""
        params = super().get_pkce_params()
        return {**params, "nonce": nonce_of(params["code_verifier"])}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Return the address; verified only by a true value, never by a text such as "false"."""
        addresses = super().extract_email_addresses(data)
        for address in addresses:
            address.verified = address.verified is True
        return addresses


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider."""
    return _answer(OAuth2LoginView, request, provider_id)


@login_not_required
def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the person who comes back from the provider."""
    return _answer(OAuth2CallbackView, request, provider_id)


def _answer(view: type[OAuth2View], request: HttpRequest, provider_id: str) -> HttpResponse:
    adapter = OfficeAdapter(request, provider_id)
    try:
        provider = adapter.get_provider()
    except SocialApp.DoesNotExist:
        raise Http404 from None
    try:
        return view.adapter_view(adapter)(request)
    except OAuth2Error as error:
        return render_authentication_error(request, provider, exception=error)
