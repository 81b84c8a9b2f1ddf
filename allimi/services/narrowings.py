"""Closing an item, a record or a record type beyond the catalogue, and opening it again."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from allimi.catalogue import CATALOGUE
from allimi.models import Narrowing, PublishedRecord
from ccs.lib.extensions import announce_change
from ccs.lib.grounds import Ground
from ccs.lib.workflow import TransitionNotAllowed
from ccs.models import User


@transaction.atomic
def narrow(
    *,
    record_type: str,
    ground: str,
    reason: str,
    ends_at: datetime.datetime,
    by: User,
    public_id: UUID | None = None,
    item: str = "",
    starts_at: datetime.datetime | None = None,
) -> Narrowing:
    """Close what the catalogue opens, from now (or `starts_at`) to `ends_at`.

    Without `public_id` it holds for all records of the type, without `item` for whole records. It
    is published in the register of withholding, and takes effect within a second.

    Raises:
        ValidationError: by field: no such type, item or record; no reason; an end in the past.
    """
    check_narrowing(
        record_type=record_type,
        public_id=public_id,
        item=item,
        ground=ground,
        reason=reason,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    narrowing = Narrowing.objects.create(
        record_type=record_type,
        public_id=public_id,
        item=item,
        ground=ground,
        reason=reason.strip(),
        starts_at=starts_at or timezone.now(),
        ends_at=ends_at,
        decided_by=by,
    )
    announce_change()
    return narrowing


def check_narrowing(
    *,
    record_type: str,
    ground: str,
    reason: str,
    ends_at: datetime.datetime,
    public_id: UUID | None = None,
    item: str = "",
    starts_at: datetime.datetime | None = None,
) -> None:
    """Raise `ValidationError`, by field, where a narrowing could not be made."""
    errors = _problems(record_type, public_id, item)
    if not reason.strip():
        errors["reason"] = _("Say why: the reason is public.")
    if ground not in Ground.values:
        errors["ground"] = _("Name the legal ground.")
    now = timezone.now()
    if ends_at <= max(now, starts_at or now):
        errors["ends_at"] = _("A narrowing ends: give a time that lies ahead.")
    if errors:
        raise ValidationError(errors)


def _problems(record_type: str, public_id: UUID | None, item: str) -> dict[str, str]:
    declared = CATALOGUE.get(record_type)
    if declared is None:
        return {"record_type": _("There is no such record type.")}
    errors = {}
    if item and item not in {known.code for known in declared.items if known.is_public}:
        errors["item"] = _("This record type has no public item “%(item)s”.") % {"item": item}
    records = PublishedRecord.objects.filter(kind=record_type, public_id=public_id)
    if public_id is not None and not records.exists():
        errors["public_id"] = _("No record of this type is published under this id.")
    return errors


@transaction.atomic
def end_narrowing(*, narrowing: Narrowing, by: User) -> Narrowing:
    """End a narrowing before its time: what it closed is public again within a second.

    Raises:
        TransitionNotAllowed: it has ended already.
    """
    narrowing = Narrowing.objects.select_for_update(of=("self",)).get(pk=narrowing.pk)
    now = timezone.now()
    if narrowing.ended_at is not None or narrowing.ends_at <= now:
        raise TransitionNotAllowed(action="end", state="ended", needed=("in force",))
    narrowing.ended_at = now
    narrowing.ended_by = by
    narrowing.save(update_fields=["ended_at", "ended_by"])
    announce_change()
    return narrowing
