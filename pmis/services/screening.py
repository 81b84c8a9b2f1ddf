"""Release of texts that the screen for personal data keeps from the public."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ccs.lib.extensions import announce_change, held_texts
from ccs.models import User
from pmis.models import Record, ScreenRelease
from pmis.services.withdrawals import withdrawing_role


@transaction.atomic
def release_text(*, record: Record, text_sha256: str, reason: str, by: User) -> ScreenRelease:
    """Let a held text be published, for the reason given; it holds for this very text only.

    Raises:
        RoleNotAllowed: the actor is neither officer nor head of the department.
        ValidationError: there is no such held text, or no reason.
    """
    withdrawing_role(by, record.project)
    held = next((row for row in held_texts(record) if row.text_sha256 == text_sha256), None)
    if held is None:
        raise ValidationError(_("This text is not held any more."))
    if not reason.strip():
        raise ValidationError(_("Say why this text is no personal data, or may be public."))
    release, _made = ScreenRelease.objects.get_or_create(
        record_public_id=record.public_id,
        item=held.item,
        text_sha256=text_sha256,
        defaults={"record_type": record.record_type, "reason": reason.strip(), "by": by},
    )
    announce_change()
    return release
