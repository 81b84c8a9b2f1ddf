"""Who does what in a project, from when to when; the public directory of a site."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.projects import Project
from pmis.roles import Role

if TYPE_CHECKING:
    from ccs.models import User


class ParticipantQuerySet(models.QuerySet["Participant"]):
    """Sentences about participants."""

    def on(self, day: datetime.date) -> ParticipantQuerySet:
        """Return those who take part on `day`."""
        return self.filter(
            models.Q(valid_to=None) | models.Q(valid_to__gte=day), valid_from__lte=day
        )

    def acting_for(self, user: User, day: datetime.date) -> ParticipantQuerySet:
        """Return the participations that `user` holds on `day`, as own or as a delegate."""
        delegated = Delegation.objects.filter(
            delegate=user, valid_from__lte=day, valid_to__gte=day, participant=models.OuterRef("pk")
        )
        return self.on(day).filter(models.Q(user=user) | models.Exists(delegated))


class Participant(models.Model):
    """A person or firm in a project with a role; replacement keeps the row and ends it."""

    record_type = "participant"

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="participants")
    role = models.CharField(max_length=30, choices=Role)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="participations")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="participations",
    )

    # As it stands in the public directory
    name = models.CharField(max_length=100, blank=True)
    position = models.CharField(max_length=100, blank=True)
    department = models.CharField(max_length=100, blank=True)
    office_phone = models.CharField(max_length=40, blank=True)
    qualification_grade = models.CharField(max_length=60, blank=True)
    joint_venture_share = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("Per cent.")
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    # Never public (domain B.1, G6)
    mobile = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    licence_number = models.CharField(max_length=60, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["project", "role", "-valid_from"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.CheckConstraint(
                name="participant_ends_after_start",
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                name="participant_share_in_per_cent",
                condition=models.Q(joint_venture_share=None)
                | models.Q(joint_venture_share__gt=0, joint_venture_share__lte=100),
                violation_error_message=_("A share lies between 0 and 100 per cent."),
            ),
        ]
        indexes = [
            # "My projects": who takes part where today.
            models.Index(fields=["user", "valid_from"], name="participant_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.name or self.organization}"


class Delegation(models.Model):
    """Someone acts for a participant during an absence."""

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="delegations")
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations"
    )
    valid_from = models.DateField()
    valid_to = models.DateField()
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(
                name="delegation_ends_after_start",
                condition=models.Q(valid_to__gte=models.F("valid_from")),
                violation_error_message=_("The last day lies before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} for {self.participant}"
