"""Notices with receipts, and what a person is told by mail or short message."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.approvals import Approval
from pmis.models.participants import Participant
from pmis.models.projects import Project
from pmis.roles import Role

if TYPE_CHECKING:
    from ccs.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Sentences about notices."""

    def in_force(self) -> NoticeQuerySet:
        """Return the notices that nobody took back."""
        return self.filter(withdrawn_at=None)

    def addressed_to(self, user: User, day: datetime.date) -> NoticeQuerySet:
        """Return the notices that are for `user` on `day`; one's own are for the others.

        Reads the person's roles once. A notice of an ordering body reaches who belongs to it or
        works in one of its projects; with roles, those who hold one of them. Roles in practice
        projects do not count.
        """
        held = Participant.objects.acting_for(user, day).filter(project__is_training=False)
        rows = held.values_list("role", "project", "project__ordering_body")
        projects: dict[str, set[int]] = defaultdict(set)
        bodies: dict[str, set[int]] = defaultdict(set)
        for role, project, body in rows:
            projects[role].add(project)
            bodies[role].add(body)
        own_bodies = set().union({user.organization_id} - {None}, *bodies.values())
        wanted = models.Q(project=None, ordering_body=None, roles=[])
        wanted |= models.Q(project=None, ordering_body__in=own_bodies, roles=[])
        wanted |= models.Q(project__in=set().union(*projects.values()), roles=[])
        for role in projects:
            here = models.Q(project__in=projects[role])
            here |= models.Q(project=None, ordering_body__in=bodies[role])
            here |= models.Q(project=None, ordering_body=None)
            wanted |= models.Q(roles__contains=[role]) & here
        return self.in_force().filter(wanted).exclude(author=user)

    def unread_by(self, user: User, day: datetime.date) -> NoticeQuerySet:
        """Return the notices for `user` that they have not confirmed as read."""
        receipts = NoticeReceipt.objects.filter(notice=models.OuterRef("pk"), user=user)
        return self.addressed_to(user, day).exclude(models.Exists(receipts))


class Notice(models.Model):
    """What the ordering body tells people, each of whom confirms having read it."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices", editable=False
    )
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), max_length=10_000)

    # For whom: a project, all people of an ordering body, or everybody where both are empty
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    ordering_body = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    #: Only people in these roles; empty: whatever their role.
    roles = ArrayField(models.CharField(max_length=30, choices=Role), default=list, blank=True)

    published_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.CheckConstraint(
                name="notice_for_a_project_or_a_body",
                condition=models.Q(project=None) | models.Q(ordering_body=None),
            ),
        ]
        indexes = [
            # The list of notices, newest first, by keyset.
            models.Index(fields=["-public_id"], name="notice_newest_first"),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeReceipt(models.Model):
    """A person confirmed having read and understood a notice: who and when."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="receipts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="notice_receipts"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("receipt of a notice")
        verbose_name_plural = _("receipts of notices")
        constraints = [
            models.UniqueConstraint(fields=["notice", "user"], name="notice_receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.notice}"


class MessageChoice(models.Model):
    """What a person wants to be told: the daily mail unless refused, short messages if wanted."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="message_choice"
    )
    daily_mail = models.BooleanField(_("a daily mail of what waits for me"), default=True)
    escalation_sms = models.BooleanField(
        _("a short message when an approval waits too long"), default=False
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("choice of messages")
        verbose_name_plural = _("choices of messages")

    def __str__(self) -> str:
        return str(self.user)


class SentDigest(models.Model):
    """The daily mail of one person and day: its row is made before the mail, so never twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests")
    day = models.DateField()
    #: How many things the mail named; 0: nothing waited and no mail was sent.
    items = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("daily mail")
        verbose_name_plural = _("daily mails")
        constraints = [
            # Also the question "who has not had today's mail yet".
            models.UniqueConstraint(fields=["day", "user"], name="digest_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.day}"


class EscalationMessage(models.Model):
    """A department head was told by short message that an approval waits too long; once."""

    approval = models.ForeignKey(Approval, models.CASCADE, related_name="escalation_messages")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="escalation_messages"
    )
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("message about an overdue approval")
        verbose_name_plural = _("messages about overdue approvals")
        constraints = [
            models.UniqueConstraint(fields=["approval", "user"], name="escalation_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.approval}"
