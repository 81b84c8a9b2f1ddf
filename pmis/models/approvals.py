"""The approval line, its log, and withdrawal of what was published."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.grounds import Ground
from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.projects import Project
from pmis.roles import Role


class ApprovalStep(models.Model):
    """A step of the approval line of one record type in one ordering body.

    Where an ordering body has no rows, the line of `pmis/workflows/` holds.
    """

    class Mode(models.TextChoices):
        #: One after the other.
        SERIAL = "serial", _("serial")
        #: All holders of the role are asked at once; the quorum decides.
        PARALLEL = "parallel", _("parallel")

    ordering_body = models.ForeignKey(Organization, models.CASCADE, related_name="approval_steps")
    record_type = models.CharField(max_length=30)
    order = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=30, help_text=_("Such as confirm or approve."))
    role = models.CharField(max_length=30, choices=Role)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.SERIAL)
    quorum = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["ordering_body", "record_type", "order"]
        verbose_name = _("approval step")
        verbose_name_plural = _("approval steps")
        constraints = [
            models.UniqueConstraint(
                fields=["ordering_body", "record_type", "order"], name="approval_step_once"
            ),
            models.CheckConstraint(
                name="approval_step_quorum_positive", condition=models.Q(quorum__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.order}: {self.action} ({self.role})"


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """Sentences about approvals."""

    def pending(self) -> ApprovalQuerySet:
        """Return approvals that wait for a decision."""
        return self.filter(state=Approval.State.IN_REVIEW)


class Approval(models.Model):
    """The way of one version of one record through its approval line (결재)."""

    record_type = "approval"

    class State(models.TextChoices):
        #: Waits for the decision of its current step.
        IN_REVIEW = "in_review", _("in review")
        #: The last step approved, or the time-out did.
        APPROVED = "approved", _("approved")
        #: Sent back with a reason.
        RETURNED = "returned", _("returned")
        #: Taken back by its author before the first decision.
        RECALLED = "recalled", _("recalled")
        #: Refused for good.
        REJECTED = "rejected", _("rejected")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="approvals")
    record_type = models.CharField(max_length=30)
    record_public_id = models.UUIDField()
    version_no = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=20, choices=State, default=State.IN_REVIEW)
    drafter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals_drafted"
    )
    drafter_role = models.CharField(max_length=30)
    #: Steps as they stood at submission: [{"action", "role", "mode", "quorum"}].
    steps = models.JSONField()
    approver_roles = ArrayField(models.CharField(max_length=30), default=list)
    current_step = models.PositiveSmallIntegerField(default=0)
    current_action = models.CharField(max_length=30, blank=True)
    current_role = models.CharField(max_length=30, blank=True)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    processing_days = models.PositiveIntegerField(null=True, blank=True)
    is_delegated = models.BooleanField(default=False)
    is_by_timeout = models.BooleanField(default=False)
    copied_to = models.TextField(_("internal copies"), blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at"]
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(
                fields=["record_public_id", "version_no"],
                condition=models.Q(state="in_review"),
                name="approval_one_open_per_version",
            ),
        ]
        indexes = [
            # The inbox: what waits for a role in a project, oldest first.
            models.Index(
                fields=["current_role", "project", "submitted_at"],
                condition=models.Q(state="in_review"),
                name="approval_inbox",
            ),
            # The approvals of one record, for its page.
            models.Index(fields=["record_public_id", "version_no"], name="approval_of_a_record"),
        ]

    def __str__(self) -> str:
        return self.title


class ApprovalEvent(models.Model):
    """One step taken: who, in which role, when, from which state to which. Append-only."""

    approval = models.ForeignKey(
        Approval, models.PROTECT, null=True, blank=True, related_name="events"
    )
    project = models.ForeignKey(Project, models.PROTECT, related_name="approval_events")
    record_type = models.CharField(max_length=30)
    record_public_id = models.UUIDField()
    version_no = models.PositiveIntegerField()
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    action = models.CharField(max_length=30)
    from_state = models.CharField(max_length=30)
    to_state = models.CharField(max_length=30)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    role = models.CharField(max_length=30, help_text=_("Role of the actor, or “system”."))
    at = models.DateTimeField(default=timezone.now)
    comment = models.TextField(blank=True)
    content_hash = models.CharField(
        max_length=64, blank=True, help_text=_("SHA-256 of the content that was decided on.")
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("approval event")
        verbose_name_plural = _("approval events")
        indexes = [
            # The way a record took, shown on its page.
            models.Index(fields=["record_public_id", "id"], name="event_of_a_record"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.record_type} {self.record_public_id}"


class Withdrawal(models.Model):
    """A published record taken back: ground, role, reason. It can be lifted, never erased."""

    record_type = models.CharField(max_length=30)
    record_public_id = models.UUIDField()
    ground = models.CharField(max_length=3, choices=Ground)
    reason = models.TextField(help_text=_("Public."))
    role = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-at"]
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "record_public_id"],
                condition=models.Q(lifted_at=None),
                name="withdrawal_one_in_force",
                violation_error_message=_("This record is withdrawn already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_public_id} ({self.ground})"
