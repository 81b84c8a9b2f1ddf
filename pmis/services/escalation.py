"""Approvals that wait too long are shown to the department head (dated rule, working days)."""

from __future__ import annotations

import datetime
import logging

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ccs.models import RuleValue, User
from ccs.services import sms
from pmis.calendar import around
from pmis.models import (
    Approval,
    ApprovalEvent,
    EscalationMessage,
    MessageChoice,
    Participant,
)
from pmis.roles import Role

logger = logging.getLogger(__name__)
#: Rows shown and named at once.
MOST = 50


def waiting_too_long(today: datetime.date) -> models.QuerySet[Approval]:
    """Return the approvals whose step waits longer than the rule's working days, oldest first.

    A decision of an earlier step starts the days anew: `waiting_since`. Practice is left out.
    """
    days = int(RuleValue.objects.on(RuleValue.Key.ESCALATION_DAYS, today))
    latest = around(today, days=30 + 3 * days).before(today, days + 1)
    steps = ApprovalEvent.objects.filter(approval=models.OuterRef("pk")).order_by("-id")
    rows = Approval.objects.pending().filter(
        submitted_at__date__lte=latest, project__is_training=False
    )
    rows = rows.annotate(
        waiting_since=Coalesce(models.Subquery(steps.values("at")[:1]), models.F("submitted_at"))
    )
    return rows.filter(waiting_since__date__lte=latest).order_by("waiting_since", "id")


def headed_by(user: User, today: datetime.date) -> models.QuerySet[Participant]:
    """Return the participations in which `user` is department head today, or stands in."""
    return Participant.objects.acting_for(user, today).filter(role=Role.DEPARTMENT_HEAD)


def escalated_to(user: User) -> list[Approval]:
    """Return the approvals that wait too long in the projects whose department head `user` is."""
    today = timezone.localdate()
    projects = list(headed_by(user, today).values_list("project", flat=True))
    if not projects:
        return []
    rows = waiting_too_long(today).filter(project__in=projects)
    return list(rows.select_related("project", "drafter")[:MOST])


def send_escalation_messages(*, limit: int) -> int:
    """Tell department heads who asked for it, once for each approval; return how many were sent.

    The row is written first, so that no message is sent twice; one that the provider does not
    take is tried again at the next run.
    """
    today = timezone.localdate()
    wishes = MessageChoice.objects.filter(escalation_sms=True, user__is_active=True)
    sent = 0
    for choice in wishes.exclude(user__mobile="").select_related("user"):
        told = EscalationMessage.objects.filter(user=choice.user).values("approval")
        headed = headed_by(choice.user, today)
        rows = (
            waiting_too_long(today)
            .filter(project__in=headed.values("project"))
            .exclude(pk__in=told)
        )
        for approval in rows.select_related("project")[: limit - sent]:
            sent += _tell(approval, choice.user)
        if sent >= limit:
            break
    return sent


def _tell(approval: Approval, user: User) -> bool:
    try:
        with transaction.atomic():
            _row, is_new = EscalationMessage.objects.get_or_create(approval=approval, user=user)
            if not is_new:
                return False
            with translation.override(user.language or settings.LANGUAGE_CODE):
                text = _("%(site)s: waiting since %(day)s: %(title)s") % {
                    "site": settings.SITE_NAME,
                    "day": timezone.localdate(approval.waiting_since).isoformat(),
                    "title": approval.title,
                }
            return sms.send(user.mobile, text)
    except sms.SmsNotSent:
        logger.warning("the message about approval %s was not taken", approval.public_id)
        return False
