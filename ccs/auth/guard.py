"""The guard against guessing: attempts are counted before anything is compared.

SECURITY: an attempt is counted by one `INSERT … ON CONFLICT DO UPDATE … RETURNING`, so that each
of a hundred guesses sent at once gets a number of its own, and exactly as many are looked at as
the limit permits. Counting after the comparison, or reading a counter first, lets more through.

Windows are fixed pieces of time (15 minutes by default). Whoever is shut out can still sign in with
a passkey, or set a new password by mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import ngettext

from ccs.models import SignInAttempt, User

COUNT_ATTEMPT = """
    INSERT INTO ccs_signinattempt (key, window_start, count) VALUES (%s, %s, 1)
    ON CONFLICT (key, window_start) DO UPDATE SET count = ccs_signinattempt.count + 1
    RETURNING count
"""
#: How long a counter is kept after its window, for whoever looks into a wave of guesses.
KEPT = timedelta(days=7)


class TooManyAttempts(ValidationError):
    """Raised when the limit of a window is used up; says how long to wait.

    Attributes: `until`, the end of the window.
    """

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(self.sentence(), code="too_many_attempts")

    def sentence(self) -> str:
        """Return what to tell the person."""
        minutes = max(1, -(-int((self.until - timezone.now()).total_seconds()) // 60))
        return ngettext(
            "Too many attempts. Wait %(minutes)d minute, until %(time)s, and try again.",
            "Too many attempts. Wait %(minutes)d minutes, until %(time)s, and try again.",
            minutes,
        ) % {"minutes": minutes, "time": time_format(timezone.localtime(self.until), "H:i")}


@dataclass(frozen=True)
class Counted:
    """An attempt that was counted: under which keys, in which window."""

    keys: tuple[str, ...]
    window_start: datetime


def account_key(login: str) -> str:
    """Return the counter's key of the account that `login` names.

    The name and every e-mail address of a person share one counter. A login that names nobody is
    counted by its fingerprint: people mistype passwords there.
    """
    login = login.strip()
    named = (
        Q(username__iexact=login) | Q(email__iexact=login) | Q(emailaddress__email__iexact=login)
    )
    person = User.objects.filter(named).order_by("pk").values_list("pk", flat=True).first()
    if person is not None:
        return f"account:{person}"
    return f"account:{hashlib.sha256(login.lower().encode()).hexdigest()}"


def code_key(user_id: int) -> str:
    """Return the counter's key of one person's one-time codes."""
    return f"code:{user_id}"


def address_key(address: str) -> str:
    """Return the counter's key of a network address; an IPv6 network of 64 bits counts as one."""
    if ":" in address:
        address = ":".join(_expanded(address)[:4]) + "::/64"
    return f"address:{address}"


def count_attempt(limits: Sequence[tuple[str, int]]) -> Counted:
    """Count one attempt under each key; raise `TooManyAttempts` if one is beyond its limit.

    Must not run inside a transaction that the caller may roll back.
    """
    start, end = _window(timezone.now())
    beyond = False
    with connection.cursor() as cursor:
        for key, limit in limits:
            cursor.execute(COUNT_ATTEMPT, [key, start])
            count = cursor.fetchone()[0]
            beyond |= count > limit
            if count == 1:
                cursor.execute(
                    "DELETE FROM ccs_signinattempt WHERE window_start < %s", [start - KEPT]
                )
    if beyond:
        raise TooManyAttempts(end)
    return Counted(tuple(key for key, _limit in limits), start)


def count_sign_in(*, login: str, address: str) -> Counted:
    """Count a password about to be compared, for the account and for the address."""
    limits = [(account_key(login), settings.SIGN_IN_LIMIT_PER_ACCOUNT)]
    if address:
        limits.append((address_key(address), settings.SIGN_IN_LIMIT_PER_ADDRESS))
    return count_attempt(limits)


def forgive(counted: Counted) -> None:
    """Take back what a successful sign-in counted: the account's guesses, and one of the address.

    The address keeps the rest, or else one known password would buy endless guesses at others.
    """
    account, *addresses = counted.keys
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ccs_signinattempt WHERE key = %s", [account])
        if addresses:
            cursor.execute(
                "UPDATE ccs_signinattempt SET count = count - 1"
                " WHERE key = ANY(%s) AND window_start = %s AND count > 0",
                [addresses, counted.window_start],
            )


def forgive_account(login: str) -> None:
    """Forget the guesses at an account, as after its password was set anew."""
    SignInAttempt.objects.filter(key=account_key(login)).delete()


def _window(now: datetime) -> tuple[datetime, datetime]:
    length = settings.SIGN_IN_WINDOW_MINUTES * 60
    start = datetime.fromtimestamp(int(now.timestamp()) // length * length, tz=UTC)
    return start, start + timedelta(seconds=length)


def _expanded(address: str) -> list[str]:
    head, _gap, tail = address.partition("::")
    front = head.split(":") if head else []
    back = tail.split(":") if tail else []
    return front + ["0"] * (8 - len(front) - len(back)) + back
