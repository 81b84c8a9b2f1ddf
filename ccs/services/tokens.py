"""Keys for the API: made, used, taken back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import AccessToken, User

#: So that a key found in a file or a log can be recognised for what it is.
PREFIX = "ccs_"
LONGEST_DAYS = 365
MOST_KEYS = 20
#: The time of the last use is written at most this often.
USED_EVERY = timedelta(minutes=5)


def issue_token(*, user: User, name: str, days: int) -> tuple[AccessToken, str]:
    """Make a key for `user` that ends after `days`; return its row and the key itself.

    The key is not stored and cannot be shown again.

    Raises:
        ValidationError: the life is too long, or the person has too many keys.
    """
    now = timezone.now()
    if not 1 <= days <= LONGEST_DAYS:
        raise ValidationError(
            {"days": _("A key lives from 1 to %(days)d days.") % {"days": LONGEST_DAYS}}
        )
    if AccessToken.objects.in_force(now).filter(user=user).count() >= MOST_KEYS:
        raise ValidationError(_("You have %(count)d keys. Revoke one.") % {"count": MOST_KEYS})
    key = PREFIX + secrets.token_urlsafe(32)
    token = AccessToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(key),
        hint=key[:10],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return token, key


def find_token(key: str) -> AccessToken | None:
    """Return the key in force that `key` is, and note that it was used; None if it is none."""
    now = timezone.now()
    token = (
        AccessToken.objects.in_force(now)
        .filter(digest=digest_of(key), user__is_active=True)
        .select_related("user")
        .first()
    )
    if token and (token.last_used_at is None or now - token.last_used_at > USED_EVERY):
        token.last_used_at = now
        token.save(update_fields=["last_used_at"])
    return token


def revoke_token(*, token: AccessToken) -> AccessToken:
    """End a key at once; a second time changes nothing."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    return token


def digest_of(key: str) -> str:
    """Return what is stored of a key. Its 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
