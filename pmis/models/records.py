"""What all record types share: one identity, many versions, a life of states."""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ccs.lib.identity import new_public_id
from pmis.models.projects import Project


class RecordState(models.TextChoices):
    """States of records (domain C.1 to C.10): one vocabulary for all record types.

    A record type's workflow (`pmis/workflows/`) says which of them it knows and how it comes from
    one to the next. What they have in common is said by `IN_WORK`, `IN_FORCE` and `DROPPED`.
    """

    # -- In work: not yet decided, not public ---------------------------------------------------
    #: Being written by its author; nobody else is asked yet.
    DRAFT = "draft", _("saved")
    #: Sent by its author; waits for the first decision.
    SUBMITTED = "submitted", _("submitted")
    #: The supervisor found it right; waits for the officer.
    CONFIRMED = "confirmed", _("confirmed")
    #: Sent back with a reason; the author corrects and submits again.
    RETURNED = "returned", _("returned")
    #: A day and an hour are set for it.
    SCHEDULED = "scheduled", _("scheduled")
    #: The other side is heard before the decision.
    HEARING = "hearing", _("being heard")

    # -- In force: decided, public, locked but for what its workflow fills in later -------------
    #: The last step of the line, or the time-out.
    APPROVED = "approved", _("approved")
    #: Approved under conditions.
    CONDITIONAL = "conditional", _("conditional")
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    #: What failed was put right; it is asked for again.
    RECTIFIED = "rectified", _("rectified")
    ISSUED = "issued", _("issued")
    #: The receiver has opened it.
    RECEIVED = "received", pgettext_lazy("letter", "received")
    REPLIED = "replied", _("replied")
    #: The answer was not enough.
    REINSTRUCTED = "reinstructed", _("instructed again")
    OPEN = "open", _("open")
    ASSIGNED = "assigned", _("assigned")
    #: The owner says it is done; it waits to be verified.
    DONE = "done", _("done")
    #: Work is stopped until released.
    STOPPED = "stopped", _("work stopped")
    RELEASED = "released", _("released")
    REPORTED = "reported", _("reported")
    INVESTIGATING = "investigating", _("under investigation")
    MEASURES = "measures", _("measures being taken")
    SUSPENDED = "suspended", _("suspended")
    RESUMED = "resumed", _("resumed")
    REVOKED = "revoked", _("revoked")
    #: The contract was amended accordingly.
    AMENDED = "amended", _("contract amended")
    #: The schedule has a new baseline accordingly.
    BASELINE_UPDATED = "baseline_updated", _("baseline updated")
    NOTIFIED = "notified", _("notified")
    OBJECTED = "objected", _("objected to")
    IMPOSED = "imposed", _("imposed")
    APPEALED = "appealed", _("appealed")
    ANNULLED = "annulled", _("annulled")
    FINAL = "final", _("final")
    #: Handed to the payment system.
    SENT_TO_PAYMENT = "sent_to_payment", _("sent to payment")
    PAID = "paid", _("paid")
    SETTLED = "settled", _("settled")
    CLOSED = "closed", _("closed")

    # -- Out of force ---------------------------------------------------------------------------
    #: A newer version came into force; this one stays readable.
    SUPERSEDED = "superseded", _("superseded")
    #: Refused for good.
    REJECTED = "rejected", _("rejected")
    #: Taken back by its author before it was decided.
    CANCELLED = "cancelled", _("cancelled")


#: States in which a version is still being worked on.
IN_WORK = (
    RecordState.DRAFT,
    RecordState.SUBMITTED,
    RecordState.CONFIRMED,
    RecordState.RETURNED,
    RecordState.SCHEDULED,
    RecordState.HEARING,
)
#: States that a version ends in without ever having been in force: never public.
DROPPED = (RecordState.REJECTED, RecordState.CANCELLED)
#: States of the version in force: public, and locked but for what its workflow fills in later.
IN_FORCE = tuple(
    state for state in RecordState if state not in (*IN_WORK, *DROPPED, RecordState.SUPERSEDED)
)
#: States in which a version has been decided: its content may not change any more.
LOCKED = (*IN_FORCE, RecordState.SUPERSEDED)

RecordT = TypeVar("RecordT", bound="Record")


class RecordQuerySet(models.QuerySet[RecordT]):
    """Sentences about records."""

    def visible_to(self, user: settings.AUTH_USER_MODEL) -> RecordQuerySet[RecordT]:
        """Return the records of the projects that `user` may see."""
        return self.filter(project__in=Project.objects.visible_to(user))

    def in_work(self) -> RecordQuerySet[RecordT]:
        """Return the versions still being worked on."""
        return self.filter(state__in=IN_WORK)

    def approved(self) -> RecordQuerySet[RecordT]:
        """Return the versions in force: approved, whatever became of them since."""
        return self.filter(state__in=IN_FORCE)

    def latest_versions(self) -> RecordQuerySet[RecordT]:
        """Return the newest version of each record, corrections that were dropped left out."""
        counted = ~models.Q(state__in=DROPPED) | models.Q(version_no=1)
        newer = self.model._default_manager.filter(
            counted,
            public_id=models.OuterRef("public_id"),
            version_no__gt=models.OuterRef("version_no"),
        )
        return self.filter(counted, ~models.Exists(newer)).exclude(state=RecordState.SUPERSEDED)


class Record(models.Model):
    """One version of a record. All its versions share `public_id`.

    At most one version is in work and one is approved. The approved version stays public until
    the next one is approved (design, section 5).
    """

    State = RecordState

    public_id = models.UUIDField(default=new_public_id, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="%(class)ss")
    version_no = models.PositiveIntegerField(default=1, editable=False)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", editable=False
    )
    reason = models.TextField(
        blank=True, help_text=_("Why this version corrects the one before; public.")
    )
    #: Given when the first version is submitted, counted per project and record type.
    number = models.PositiveIntegerField(null=True, blank=True, editable=False)
    state = models.CharField(
        max_length=20, choices=RecordState, default=RecordState.DRAFT, editable=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Counts saves of a version in work: a form that was read before another save is refused.
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["public_id", "version_no"], name="%(class)s_version_once"
            ),
            models.UniqueConstraint(
                fields=["public_id"],
                condition=models.Q(state__in=IN_WORK),
                name="%(class)s_one_version_in_work",
            ),
            models.UniqueConstraint(
                fields=["public_id"],
                condition=models.Q(state__in=IN_FORCE),
                name="%(class)s_one_version_in_force",
            ),
            models.CheckConstraint(
                name="%(class)s_correction_has_a_reason",
                condition=models.Q(version_no=1) | ~models.Q(reason=""),
                violation_error_message=_("A correction needs its reason."),
            ),
            models.CheckConstraint(
                name="%(class)s_approved_at_when_locked",
                condition=models.Q(state__in=LOCKED, approved_at__isnull=False)
                | models.Q(state__in=(*IN_WORK, *DROPPED), approved_at__isnull=True),
            ),
        ]

    #: Columns that steps after the decision fill in, such as a reply; the lock lets them change.
    follow_up_fields: tuple[str, ...] = ()
    #: Columns that the author may fill in as well as a later step, such as who mends a finding.
    shared_fields: tuple[str, ...] = ()

    @property
    def is_locked(self) -> bool:
        """Whether the content of this version may never change again."""
        return self.state in (*LOCKED, *DROPPED)

    @property
    def is_in_force(self) -> bool:
        """Whether this is the version that counts, and that is public."""
        return self.state in IN_FORCE

    @classmethod
    def line_names(cls) -> tuple[str, ...]:
        """Return the related names of the lines that belong to a version's content."""
        return tuple(
            relation.get_accessor_name()
            for relation in cls._meta.related_objects
            if relation.one_to_many
            and relation.on_delete is models.CASCADE
            and issubclass(relation.related_model, Line)
        )


class Line(models.Model):
    """A line of a record. It is locked together with its record."""

    #: Whether lines are added or changed after the record was decided, such as receipts.
    is_follow_up = False

    order = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
        ordering = ["order", "id"]


class PhotoLine(Line):
    """A photo named by a record; the photo is a record of its own."""

    photo = models.ForeignKey("pmis.Photo", models.PROTECT, related_name="+")

    class Meta(Line.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(self.photo)
