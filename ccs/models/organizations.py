"""Organizations of every kind that takes part in a construction project."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id


class Organization(models.Model):
    """A body or firm. The kind says what it is, not what it does in one project."""

    class Kind(models.TextChoices):
        ORDERING_BODY = "ordering_body", _("ordering body")
        CONTRACTOR = "contractor", _("contractor")
        SUPERVISION_FIRM = "supervision_firm", _("supervision firm")
        DESIGNER = "designer", _("designer")
        SUBCONTRACTOR = "subcontractor", _("subcontractor")
        EQUIPMENT_LESSOR = "equipment_lessor", _("equipment lessor")
        SUPPLIER = "supplier", _("supplier")
        BANK = "bank", _("bank")
        OVERSIGHT_BODY = "oversight_body", _("oversight body")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=300)
    name_en = models.CharField(max_length=300, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="departments"
    )
    area = models.ForeignKey(
        "ccs.Area", models.PROTECT, null=True, blank=True, related_name="organizations"
    )
    #: Scheme and number of the official register (org-id.guide), such as the business number.
    registration_scheme = models.CharField(max_length=30, blank=True)
    registration_number = models.CharField(max_length=40, blank=True)
    office_phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    #: Key under which an importer finds again what it made, such as "dpwh:R.C. TAGALA".
    import_key = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.UniqueConstraint(
                fields=["registration_scheme", "registration_number"],
                condition=~models.Q(registration_number=""),
                name="organization_registered_once",
                violation_error_message=_(
                    "An organization with this registration number exists already."
                ),
            ),
            models.UniqueConstraint(
                fields=["import_key"],
                condition=~models.Q(import_key=""),
                name="organization_imported_once",
            ),
        ]
        indexes = [
            # The officer's choice lists: all active organizations of one kind by name.
            models.Index(fields=["kind", "name"], name="organization_by_kind"),
        ]

    def __str__(self) -> str:
        return self.name
