"""Material approvals (자재공급원 승인) and the deliveries received under them, lot by lot."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.records import Line, PhotoLine, Record, RecordQuerySet, RecordState

#: States in which material may be received.
RECEIVABLE = (RecordState.APPROVED, RecordState.CONDITIONAL)


class MaterialApproval(Record):
    """The contractor names where a material comes from; the supervisor approves the source.

    Domain A.1 lists its fields, C.4 its states.
    """

    record_type = "material_approval"

    # The material
    item = models.CharField(_("material"), max_length=200, blank=True)
    standard = models.CharField(_("standard"), max_length=100, blank=True)
    certificate = models.CharField(
        _("certificate"), max_length=200, blank=True, help_text=_("KS or other mark and number.")
    )
    quantity = models.DecimalField(
        _("quantity"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    intended_location = models.CharField(_("intended location"), max_length=200, blank=True)

    # Where it comes from
    manufacturer = models.CharField(_("manufacturer"), max_length=200, blank=True)
    supplier = models.CharField(_("supplier"), max_length=200, blank=True)
    origin = models.CharField(_("country of origin"), max_length=100, blank=True)

    # What proves it
    sample = models.CharField(_("sample and catalog"), max_length=300, blank=True)
    test_report = models.CharField(
        _("test report"), max_length=300, blank=True, help_text=_("Laboratory, number, date.")
    )

    # Never public (domain B.1, G7)
    quotation_amount = models.BigIntegerField(_("quoted amount"), null=True, blank=True)
    quotation_note = models.TextField(_("about the quotation"), blank=True)

    # The decision
    conditions = models.TextField(_("conditions"), blank=True)

    follow_up_fields = ("conditions",)

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("material approval")
        verbose_name_plural = _("material approvals")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="material_quantity_positive",
                condition=models.Q(quantity=None) | models.Q(quantity__gt=0),
                violation_error_message=_("A quantity must be above zero."),
            ),
            models.CheckConstraint(
                name="material_quotation_not_negative",
                condition=models.Q(quotation_amount=None) | models.Q(quotation_amount__gte=0),
                violation_error_message=_("An amount cannot be negative."),
            ),
            models.CheckConstraint(
                name="material_conditions_are_written",
                condition=~models.Q(state=RecordState.CONDITIONAL) | ~models.Q(conditions=""),
                violation_error_message=_("Write the conditions."),
            ),
        ]
        indexes = [
            # The register, and what may be received: asked with every daily report.
            models.Index(fields=["project", "-public_id"], name="material_by_project"),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.item, self.standard) if part)


class MaterialReceipt(Line):
    """A delivery of an approved material, looked at where it is unloaded (자재검수)."""

    is_follow_up = True

    class Result(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        SENT_BACK = "returned", _("sent back")

    approval = models.ForeignKey(MaterialApproval, models.CASCADE, related_name="receipts")
    date = models.DateField(_("received on"))
    lot = models.CharField(_("lot"), max_length=100, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3)
    result = models.CharField(_("result"), max_length=10, choices=Result)
    remark = models.CharField(_("remark"), max_length=300, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(
                name="material_receipt_quantity_positive",
                condition=models.Q(quantity__gt=0),
                violation_error_message=_("A quantity must be above zero."),
            ),
            models.CheckConstraint(
                name="material_sent_back_has_a_remark",
                condition=~models.Q(result="returned") | ~models.Q(remark=""),
                violation_error_message=_("Say why the delivery was sent back."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.lot}".strip()


class MaterialPhoto(PhotoLine):
    """A photo of a sample, a label or a certificate."""

    approval = models.ForeignKey(MaterialApproval, models.CASCADE, related_name="material_photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo of a material")
        verbose_name_plural = _("photos of materials")
        constraints = [
            models.UniqueConstraint(fields=["approval", "photo"], name="material_photo_once"),
        ]
