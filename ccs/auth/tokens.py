"""Signing in at the API with a key: `Authorization: Token ccs_…` (or `Bearer`)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ccs.models import AccessToken, User
from ccs.services.tokens import find_token

SCHEMES = (b"token", b"bearer")


class TokenAuthentication(BaseAuthentication):
    """Find the person whose key the request carries."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """Return person and key; None where the request carries none; raise if it is not good."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in SCHEMES:
            return None
        token = find_token(words[1].decode("ascii", "replace")) if len(words) == 2 else None
        if token is None:
            raise AuthenticationFailed(_("This API key is unknown, revoked or expired."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return what `WWW-Authenticate` says."""
        return "Token"
