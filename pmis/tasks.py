"""Tasks of the working side: they fetch, call a service and return."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from ccs.lib.acting import acting
from ccs.lib.workflow import TransitionNotAllowed
from ccs.models import RuleValue
from pmis.calendar import around
from pmis.models import Approval, DailyReport
from pmis.services import catch_up_plans, digest, disposals, escalation, personal_data
from pmis.services.approvals import approve_by_timeout as approve_record

logger = logging.getLogger(__name__)
BATCH = 200


@shared_task
def approve_by_timeout(limit: int = BATCH) -> int:
    """Approve the daily reports whose deciders let the working days of the rule pass.

    At most `limit` a run, oldest first, each in a transaction of its own: one that cannot be
    approved is logged and never stops the rest. Returns how many were approved; a second run
    finds nothing.
    """
    approved = 0
    with acting(actor_id=None, origin="task pmis.tasks.approve_by_timeout"):
        for approval in overdue_approvals():
            if approved == limit:
                break
            approved += _approve(approval)
    return approved


@shared_task
def send_digests() -> int:
    """Send the daily mails that are due; returns how many."""
    with acting(actor_id=None, origin="task pmis.tasks.send_digests"):
        return digest.send_digests()


@shared_task
def send_escalation_messages(limit: int = BATCH) -> int:
    """Tell department heads by short message what waits too long; returns how many were told."""
    with acting(actor_id=None, origin="task pmis.tasks.send_escalation_messages"):
        return escalation.send_escalation_messages(limit=limit)


@shared_task
def demand_catch_up_plans() -> int:
    """Demand a catch-up plan of every project that fell behind the limit; return how many."""
    with acting(actor_id=None, origin="task pmis.tasks.demand_catch_up_plans"):
        return len(catch_up_plans.demand_catch_up_plans())


@shared_task
def delete_expired_accesses() -> int:
    """Delete access logs past the years of their rule, a batch a run; return how many."""
    with acting(actor_id=None, origin="task pmis.tasks.delete_expired_accesses"):
        return personal_data.delete_expired_accesses()


@shared_task
def carry_out_disposals(limit: int = BATCH) -> int:
    """Do what approved lists say with at most `limit` records of each; return how many."""
    count = 0
    with acting(actor_id=None, origin="task pmis.tasks.carry_out_disposals"):
        for disposal in disposals.open_disposals():
            try:
                done = disposals.carry_out(disposal, limit=limit)
            except Exception:
                logger.exception("disposal %s could not be carried out", disposal.public_id)
                continue
            count += done.archived + done.deleted
    return count


def overdue_approvals() -> list[Approval]:
    """Return the approvals of daily reports that wait longer than the rule allows."""
    today = timezone.localdate()
    days = int(RuleValue.objects.on(RuleValue.Key.DAILY_REPORT_TIMEOUT, today))
    # The last day of submission whose `days` working days are over today.
    latest = around(today, days=30 + 3 * days).before(today, days + 1)
    waiting = Approval.objects.pending().filter(
        record_type=DailyReport.record_type, submitted_at__date__lte=latest
    )
    return list(waiting.order_by("submitted_at", "id"))


def _approve(approval: Approval) -> bool:
    try:
        with transaction.atomic():
            report = DailyReport.objects.get(
                public_id=approval.record_public_id, version_no=approval.version_no
            )
            approve_record(record=report)
    except TransitionNotAllowed:
        return False  # Somebody decided in the same moment.
    except Exception:
        logger.exception("approval %s could not be approved by time-out", approval.public_id)
        return False
    return True
