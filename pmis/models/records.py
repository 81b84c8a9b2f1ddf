"""What all record types share: one identity, many versions, a life of states."""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from pmis.models.projects import Project


class RecordState(models.TextChoices):
    """States of a record with an approval line (domain C.1, C.2)."""

    #: Being written by its author; nobody else is asked yet.
    DRAFT = "draft", _("saved")
    #: Sent by the site agent; waits for the first decision.
    SUBMITTED = "submitted", _("submitted")
    #: The supervisor found it right; waits for the officer.
    CONFIRMED = "confirmed", _("confirmed")
    #: Sent back with a reason; the author corrects and submits again.
    RETURNED = "returned", _("returned")
    #: The last step of the line, or the time-out; locked from here on.
    APPROVED = "approved", _("approved")
    #: A newer version was approved; this one stays readable.
    SUPERSEDED = "superseded", _("superseded")


#: States in which a version is still being worked on.
IN_WORK = (
    RecordState.DRAFT,
    RecordState.SUBMITTED,
    RecordState.CONFIRMED,
    RecordState.RETURNED,
)
#: States in which a version may never change again; the database refuses.
LOCKED = (RecordState.APPROVED, RecordState.SUPERSEDED)

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
        """Return the current approved versions."""
        return self.filter(state=RecordState.APPROVED)

    def latest_versions(self) -> RecordQuerySet[RecordT]:
        """Return, of each record, the version in work, else the approved one."""
        return self.filter(state__in=(*IN_WORK, RecordState.APPROVED)).filter(
            ~models.Exists(
                self.model._default_manager.filter(
                    public_id=models.OuterRef("public_id"),
                    version_no__gt=models.OuterRef("version_no"),
                )
            )
        )


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
                condition=models.Q(state=RecordState.APPROVED),
                name="%(class)s_one_approved_version",
            ),
            models.CheckConstraint(
                name="%(class)s_correction_has_a_reason",
                condition=models.Q(version_no=1) | ~models.Q(reason=""),
                violation_error_message=_("A correction needs its reason."),
            ),
            models.CheckConstraint(
                name="%(class)s_approved_at_when_locked",
                condition=models.Q(state__in=LOCKED, approved_at__isnull=False)
                | models.Q(state__in=IN_WORK, approved_at__isnull=True),
            ),
        ]

    @property
    def is_locked(self) -> bool:
        """Whether this version may never change again."""
        return self.state in LOCKED
