"""The daily mail: what waits for a person, what is overdue, missing, or not read yet."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from ccs.lib.extensions import DueItem
from ccs.models import User
from pmis.calendar import is_working_day
from pmis.models import Approval, MessageChoice, Notice, SentDigest
from pmis.selectors import approval_url, my_day, title_of
from pmis.services.escalation import escalated_to
from pmis.services.notices import reminders_for

logger = logging.getLogger(__name__)
#: The mail goes out from this hour of the city's day on.
FROM_HOUR = 7
#: Lines of one kind that a mail names; the page shows the rest.
MOST_LINES = 10
#: A mail server that refuses so many in a row is not asked again in this run.
MOST_FAILURES = 3


@dataclass(frozen=True)
class Line:
    """One thing that a mail names, and its page."""

    text: str
    url: str


@dataclass
class Digest:
    """What one person's mail of a day says."""

    waiting: list[Line] = field(default_factory=list)
    waiting_count: int = 0
    returned: list[Line] = field(default_factory=list)
    due: list[Line] = field(default_factory=list)
    overdue_count: int = 0
    missing: list[str] = field(default_factory=list)
    missing_day: datetime.date | None = None
    notices: list[Line] = field(default_factory=list)
    escalated: list[Line] = field(default_factory=list)

    @property
    def items(self) -> int:
        """How many things the mail is about; without one there is no mail."""
        lists = (self.returned, self.due, self.missing, self.notices, self.escalated)
        return self.waiting_count + sum(map(len, lists))


def digest_of(user: User) -> Digest:
    """Return what the mail of `user` would say now, in the language that is active."""
    today = timezone.localdate()
    day = my_day(user)
    missing = [row.project.name for row in day.rows if row.missing_day and row.urgent]
    return Digest(
        waiting=[_approval(row) for row in day.waiting[:MOST_LINES]],
        waiting_count=len(day.waiting),
        returned=[
            Line(f"{record.type_label} {record}", _absolute(record.page_url))
            for record in day.returned[:MOST_LINES]
        ],
        due=[_due(item) for item in day.items[:MOST_LINES]],
        overdue_count=sum(item.is_overdue for item in day.items),
        missing=missing[:MOST_LINES],
        missing_day=day.last_working_day,
        notices=[_notice(row) for row in reminders_for(user, today)[:MOST_LINES]],
        escalated=[_approval(row) for row in escalated_to(user)[:MOST_LINES]],
    )


def send_digests(*, now: datetime.datetime | None = None, limit: int = 500) -> int:
    """Send the daily mails that are due; return how many were sent.

    On working days from the morning on, to who has an address, has not refused the mail, and has
    something waiting. A second run finds those who are left.
    """
    local = timezone.localtime(now)
    today = local.date()
    if local.hour < FROM_HOUR or not is_working_day(today):
        return 0
    sent = failures = 0
    for user in _due_people(today)[:limit]:
        try:
            sent += send_digest(user, today)
            failures = 0
        except OSError:  # smtplib's errors are of this class
            logger.exception("the daily mail of person %s was not taken", user.pk)
            failures += 1
            if failures == MOST_FAILURES:
                break
    return sent


def send_digest(user: User, day: datetime.date) -> bool:
    """Send one person's mail of `day`, at most once; return whether there was one to send.

    The row of the day is committed before the mail: after a crash between the two a mail is lost
    and never doubled. A server that refuses the mail gives the day back.

    Raises OSError where the mail server does not take it.
    """
    with transaction.atomic():
        claim, is_new = SentDigest.objects.get_or_create(user=user, day=day)
    if not is_new:
        return False
    with translation.override(user.language or settings.LANGUAGE_CODE):
        digest = digest_of(user)
        facts = {
            "person": user,
            "site": settings.SITE_NAME,
            "digest": digest,
            "day": day,
            "link": _absolute(reverse("pmis:my-day")),
            "choice": _absolute(reverse("pmis:messages")),
        }
        subject = render_to_string("pmis/mail/digest_subject.txt", facts).strip()
        text = render_to_string("pmis/mail/digest.txt", facts)
    if not digest.items:
        return False
    try:
        send_mail(subject, text, None, [user.email])
    except OSError:
        claim.delete()
        raise
    claim.items, claim.sent_at = digest.items, timezone.now()
    claim.save(update_fields=["items", "sent_at"])
    return True


def _due_people(day: datetime.date) -> models.QuerySet[User]:
    had = SentDigest.objects.filter(user=models.OuterRef("pk"), day=day)
    refused = MessageChoice.objects.filter(user=models.OuterRef("pk"), daily_mail=False)
    people = User.objects.filter(is_active=True).exclude(email="")
    return people.exclude(models.Exists(had)).exclude(models.Exists(refused)).order_by("id")


def _approval(approval: Approval) -> Line:
    text = f"{approval.project.name}: {title_of(approval)}"
    return Line(text, _absolute(approval_url(approval)))


def _due(item: DueItem) -> Line:
    day = f" ({item.due_date.isoformat()})" if item.due_date else ""
    return Line(f"{item.title}{day}", _absolute(item.url))


def _notice(notice: Notice) -> Line:
    return Line(notice.title, _absolute(reverse("pmis:notice-detail", args=[notice.public_id])))


def _absolute(path: str) -> str:
    return settings.SITE_URL + path
