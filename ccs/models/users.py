"""People who sign in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.models.organizations import Organization


class User(AbstractUser):
    """A person with an account. What they may do in a project stands in `pmis.Participant`."""

    class OfficeRole(models.TextChoices):
        #: Works in projects only, by participation.
        NONE = "", _("none")
        #: Reads all projects of the ordering body (administration mode).
        EXECUTIVE = "executive", _("executive")
        #: Reads everything of every ordering body and changes nothing.
        AUDITOR = "auditor", _("auditor")
        #: Runs the system: areas, organizations, people, approval lines, narrowing.
        ADMINISTRATOR = "administrator", _("administrator")

    name = models.CharField(_("name"), max_length=100)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="people"
    )
    department = models.CharField(max_length=100, blank=True)
    position = models.CharField(max_length=100, blank=True)
    office_phone = models.CharField(max_length=40, blank=True)
    mobile = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True)
    office_role = models.CharField(max_length=20, choices=OfficeRole, blank=True, default="")

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def sees_all_projects(self) -> bool:
        """Whether the person works in administration mode (domain: all projects)."""
        return self.is_superuser or self.office_role in (
            self.OfficeRole.EXECUTIVE,
            self.OfficeRole.AUDITOR,
            self.OfficeRole.ADMINISTRATOR,
        )


class Registration(models.Model):
    """A request for an account, decided by the ordering body."""

    class State(models.TextChoices):
        #: Sent by the person, waiting for the ordering body.
        REQUESTED = "requested", _("requested")
        #: The ordering body opened the account.
        APPROVED = "approved", _("approved")
        #: The ordering body refused, with a reason.
        REJECTED = "rejected", _("rejected")

    user = models.OneToOneField(User, models.CASCADE, related_name="registration")
    ordering_body = models.ForeignKey(Organization, models.PROTECT, related_name="registrations")
    firm_name = models.CharField(max_length=300)
    registration_number = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="decided_registrations"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-requested_at"]
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")

    def __str__(self) -> str:
        return f"{self.user} ({self.state})"
