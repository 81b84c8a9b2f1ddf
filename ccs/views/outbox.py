"""The outbox of a demonstration: mails that were written and not sent, for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
SEPARATOR = b"-" * 79
NEWEST = 50


@dataclass(frozen=True)
class Mail:
    """A mail as its receiver would read it."""

    to: str
    subject: str
    sent: str
    text: str


@never_cache
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the newest mails of a demonstration.

    SECURITY: mails hold links that set passwords. Production has no such page, and whoever sees
    it here may set passwords anyway.
    """
    if settings.IN_PRODUCTION or settings.EMAIL_BACKEND != FILE_BACKEND:
        raise Http404
    if not (request.user.is_superuser or request.user.office_role == "administrator"):
        raise PermissionDenied
    folder = Path(settings.EMAIL_FILE_PATH)
    return render(request, "account/outbox.html", {"mails": newest_mails(folder, NEWEST)})


def newest_mails(folder: Path, most: int) -> list[Mail]:
    """Return the newest mails in `folder`, the newest first; none where there is no folder."""
    if not folder.is_dir():
        return []
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    mails: list[Mail] = []
    for file in files[:most]:
        parts = [part for part in file.read_bytes().split(SEPARATOR) if part.strip()]
        mails.extend(_mail(part) for part in reversed(parts))
    return mails[:most]


def _mail(content: bytes) -> Mail:
    message = message_from_bytes(content.strip(), _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent=str(message["Date"]),
        text=body.get_content() if body else "",
    )
