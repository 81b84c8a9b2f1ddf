"""Work directives and official letters (공문), with receipt proof, reply and overdue timer.

Domain A.1 lists the fields, C.5 the states. One record type with kinds: a directive goes down to
the contractor, requests for information and site-condition reports (실정보고) come up from them.
"""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.grounds import Ground
from ccs.models import Organization
from pmis.models.files import FileLine
from pmis.models.participants import Participant
from pmis.models.records import IN_FORCE, LOCKED, Line, PhotoLine, Record, RecordQuerySet
from pmis.models.records import RecordState as State
from pmis.models.schedules import WorkItem

#: States in which the receiver still owes something.
AWAITING_REPLY = (State.ISSUED, State.RECEIVED, State.REINSTRUCTED)
#: Grounds on which a letter is classified non-public (domain B.1).
NON_PUBLIC_GROUNDS = [(ground.value, ground.label) for ground in (Ground.G1, Ground.G5)]


class Side(models.TextChoices):
    """The three sides that write to each other in a project (domain 2.1)."""

    ORDERING_BODY = "ordering_body", _("ordering body")
    SUPERVISION = "supervision", _("supervision")
    CONTRACTOR = "contractor", _("contractor")


class LetterQuerySet(RecordQuerySet["Letter"]):
    """Sentences about letters."""

    def awaiting_reply(self) -> LetterQuerySet:
        """Return the letters in force whose receiver owes a reply."""
        return self.filter(state__in=AWAITING_REPLY, needs_reply=True)

    def overdue(self, today: datetime.date | None = None) -> LetterQuerySet:
        """Return the letters whose reply should have been there before `today`."""
        return self.awaiting_reply().filter(due_date__lt=today or timezone.localdate())


class Letter(Record):
    """A directive, letter, report or request from one side of a project to another."""

    record_type = "letter"

    class Kind(models.TextChoices):
        #: 작업지시: from the ordering body or the supervision.
        DIRECTIVE = "directive", _("work directive")
        LETTER = "letter", _("letter")
        #: From supervision or contractor to the ordering body.
        REPORT = "report", _("report to the ordering body")
        #: 질의: from the contractor.
        INFORMATION = "information", _("request for information")
        #: 실정보고: from the contractor, what the site shows against the design.
        SITE_CONDITION = "site_condition", _("site-condition report")

    kind = models.CharField(_("kind of letter"), max_length=20, choices=Kind, default=Kind.LETTER)
    receiver_side = models.CharField(_("goes to"), max_length=20, choices=Side, blank=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    body = models.TextField(_("body of the letter"), blank=True)
    work_item = models.ForeignKey(
        WorkItem, models.PROTECT, null=True, blank=True, related_name="letters"
    )
    about = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="following",
        verbose_name=_("about the letter"),
    )
    related_record = models.CharField(
        _("about the record"),
        max_length=200,
        blank=True,
        help_text=_("Such as inspection request no. 12, or a drawing."),
    )
    needs_reply = models.BooleanField(_("a reply is needed"), default=True)
    due_date = models.DateField(_("reply due"), null=True, blank=True)
    non_public_ground = models.CharField(
        _("classified non-public"),
        max_length=3,
        choices=NON_PUBLIC_GROUNDS,
        blank=True,
        help_text=_("Empty: the letter is published when it is issued."),
    )

    # By the steps
    sender_side = models.CharField(
        _("side of the sender"), max_length=20, choices=Side, blank=True, editable=False
    )
    sender = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("sender"),
    )
    receiver = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("receiver"),
    )
    date = models.DateField(_("date of the letter"), null=True, blank=True, editable=False)
    #: 발송번호: counted for each sending side of the project.
    sent_number = models.PositiveIntegerField(
        _("number sent"), null=True, blank=True, editable=False
    )
    #: 접수번호: counted for each receiving side.
    received_number = models.PositiveIntegerField(
        _("number received"), null=True, blank=True, editable=False
    )
    received_at = models.DateTimeField(_("received at"), null=True, blank=True, editable=False)
    reply = models.TextField(_("reply"), blank=True)
    reply_date = models.DateField(_("replied on"), null=True, blank=True, editable=False)
    instruction = models.TextField(
        _("further instruction"), blank=True, help_text=_("What the reply leaves open.")
    )

    follow_up_fields = (
        "received_number",
        "received_at",
        "reply",
        "reply_date",
        "instruction",
        "due_date",
    )
    #: Who instructs again sets another day.
    shared_fields = ("due_date",)

    objects = LetterQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="letter_issued_whole",
                condition=~models.Q(state__in=LOCKED)
                | models.Q(
                    sender__isnull=False,
                    receiver__isnull=False,
                    date__isnull=False,
                    sent_number__isnull=False,
                )
                & ~models.Q(title="")
                & ~models.Q(body="")
                & ~models.Q(sender_side=models.F("receiver_side")),
            ),
            models.CheckConstraint(
                name="letter_kind_fits_its_sides",
                condition=~models.Q(state__in=LOCKED)
                | models.Q(kind="letter")
                | models.Q(kind="report", receiver_side=Side.ORDERING_BODY)
                | models.Q(
                    kind="directive",
                    sender_side=Side.ORDERING_BODY,
                    receiver_side__in=(Side.SUPERVISION, Side.CONTRACTOR),
                )
                | models.Q(
                    kind="directive",
                    sender_side=Side.SUPERVISION,
                    receiver_side=Side.CONTRACTOR,
                )
                | models.Q(kind__in=("information", "site_condition"), sender_side=Side.CONTRACTOR),
            ),
            models.CheckConstraint(
                name="letter_due_when_a_reply_is_needed",
                condition=~models.Q(state__in=LOCKED)
                | models.Q(needs_reply=False)
                | models.Q(due_date__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_reply_has_its_day",
                condition=models.Q(reply="", reply_date=None)
                | ~models.Q(reply="") & models.Q(reply_date__isnull=False)
                | models.Q(state="draft"),
            ),
            models.UniqueConstraint(
                fields=["project", "sender_side", "sent_number"],
                condition=models.Q(state__in=IN_FORCE),
                name="letter_sent_number_once",
            ),
            models.UniqueConstraint(
                fields=["project", "receiver_side", "received_number"],
                condition=models.Q(state__in=IN_FORCE),
                name="letter_received_number_once",
            ),
        ]
        indexes = [
            # The register: newest first in a project.
            models.Index(fields=["project", "-public_id"], name="letter_by_project"),
            # What is open: asked by "My day" for all sites of a person.
            models.Index(
                fields=["project", "due_date"],
                condition=models.Q(state__in=(*AWAITING_REPLY, State.REPLIED)),
                name="letter_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_overdue_on(self, day: datetime.date) -> bool:
        """Return whether the reply should have been there before `day`."""
        waits = self.needs_reply and self.state in AWAITING_REPLY
        return bool(waits and self.due_date and self.due_date < day)


class LetterCopy(Line):
    """A body that gets a copy; never public."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="copies")
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("copy to")
    )

    class Meta(Line.Meta):
        verbose_name = _("copy of a letter")
        verbose_name_plural = _("copies of letters")

    def __str__(self) -> str:
        return str(self.participant)


class AttachmentLine(Line):
    """A document that goes with a record, by its title and number."""

    title = models.CharField(_("attachment"), max_length=200)
    document_number = models.CharField(_("document number"), max_length=100, blank=True)

    class Meta(Line.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.title


class LetterAttachment(AttachmentLine):
    """An attachment of a letter."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="attachments")

    class Meta(AttachmentLine.Meta):
        verbose_name = _("attachment of a letter")
        verbose_name_plural = _("attachments of letters")


class LetterFile(FileLine):
    """A file that goes with a letter, sent with it."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="files")

    class Meta(FileLine.Meta):
        verbose_name = _("file of a letter")
        verbose_name_plural = _("files of letters")


class LetterReplyFile(FileLine):
    """A file that goes with a reply."""

    is_follow_up = True

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="reply_files")

    class Meta(FileLine.Meta):
        verbose_name = _("file of a reply")
        verbose_name_plural = _("files of replies")


class LetterPhoto(PhotoLine):
    """A photo named by a letter, such as what the site shows."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="letter_photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo of a letter")
        verbose_name_plural = _("photos of letters")
        constraints = [
            models.UniqueConstraint(fields=["letter", "photo"], name="letter_photo_once"),
        ]


class LetterRound(Line):
    """A reply that was not enough, and what was instructed again."""

    is_follow_up = True

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="rounds")
    due_date = models.DateField(_("reply due"), null=True, blank=True)
    reply = models.TextField(_("reply"))
    reply_date = models.DateField(_("replied on"))
    instruction = models.TextField(_("further instruction"))
    instructed_date = models.DateField(_("instructed again on"))

    class Meta(Line.Meta):
        verbose_name = _("earlier reply")
        verbose_name_plural = _("earlier replies")
        constraints = [
            models.CheckConstraint(
                name="letter_round_in_order",
                condition=models.Q(instructed_date__gte=models.F("reply_date")),
            ),
        ]

    def __str__(self) -> str:
        return self.reply[:60]


class LetterReceipt(models.Model):
    """Proof that somebody of the receiver, or of a body with a copy, opened a letter.

    Append-only, and no line of the letter: what was issued does not change by being read.
    """

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="receipts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    role = models.CharField(_("role"), max_length=30)
    is_copy = models.BooleanField(_("as a copy"), default=False)
    at = models.DateTimeField(_("opened at"), default=timezone.now)

    class Meta:
        ordering = ["id"]
        verbose_name = _("receipt of a letter")
        verbose_name_plural = _("receipts of letters")
        constraints = [
            models.UniqueConstraint(fields=["letter", "user"], name="letter_receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.at}"
