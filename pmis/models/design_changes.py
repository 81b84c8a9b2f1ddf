"""Design changes (설계변경): what changes, why, and what it does to amount and date."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.contracts import Contract, ContractAmendment
from pmis.models.records import Line, Record, RecordQuerySet
from pmis.models.schedules import Schedule


class DesignChange(Record):
    """A change of the design under a contract (domain A.1, C.7)."""

    record_type = "design_change"

    class Origin(models.TextChoices):
        CONTRACTOR = "contractor", _("contractor")
        SUPERVISOR = "supervisor", _("supervisor")
        ORDERING_BODY = "ordering_body", _("ordering body")
        COMPLAINT = "complaint", _("complaint of residents")

    class Reason(models.TextChoices):
        SITE_CONDITIONS = "site_conditions", _("site differs from the design")
        DESIGN_ERROR = "design_error", _("error or omission in the design")
        CLIENT_REQUEST = "client_request", _("wish of the ordering body")
        COMPLAINT = "complaint", _("complaint")
        UTILITIES = "utilities", _("buried or crossing utilities")
        NEW_METHOD = "new_method", _("new technology or method")
        SAFETY = "safety", _("safety")
        LAW = "law", _("change of law or standard")

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="design_changes",
        verbose_name=_("contract"),
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    requested_by = models.CharField(
        _("requested by"), max_length=20, choices=Origin, default=Origin.CONTRACTOR
    )
    reason_category = models.CharField(
        _("reason"), max_length=20, choices=Reason, default=Reason.SITE_CONDITIONS
    )
    description = models.TextField(_("description"), blank=True)
    site_report_number = models.PositiveIntegerField(
        _("site-condition report No."),
        null=True,
        blank=True,
        help_text=_("Number in the project's register of site-condition reports."),
    )
    drawings = models.TextField(
        _("drawings concerned"), blank=True, help_text=_("One a line: number and title.")
    )
    after_completion_date = models.DateField(
        _("completion after the change"),
        null=True,
        blank=True,
        help_text=_("Leave empty if the completion date stays."),
    )

    # Worked out when it is submitted, in minor units of the contract's currency
    before_amount = models.BigIntegerField(
        _("contract amount before"), null=True, blank=True, editable=False
    )
    after_amount = models.BigIntegerField(
        _("contract amount after"), null=True, blank=True, editable=False
    )
    before_completion_date = models.DateField(
        _("completion before the change"), null=True, blank=True, editable=False
    )
    needs_committee = models.BooleanField(
        _("advisory committee needed"), default=False, editable=False
    )

    # By the supervisor, and by the ordering body
    review_opinion = models.TextField(_("opinion of the review"), blank=True)
    committee_date = models.DateField(_("advisory committee on"), null=True, blank=True)
    committee_result = models.TextField(_("result of the advisory committee"), blank=True)
    #: Never public, nor shown to the contractor (domain B.1, G5).
    negotiation_note = models.TextField(_("position in the negotiation"), blank=True)

    # Worked out when it is approved: changes of the contract so far, this one included
    change_count = models.PositiveSmallIntegerField(
        _("changes so far"), null=True, blank=True, editable=False
    )
    cumulative_rate = models.DecimalField(
        _("amount of all changes, per cent of the original"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        editable=False,
    )
    is_repeated = models.BooleanField(_("repeated change"), default=False, editable=False)

    # What followed
    amended_date = models.DateField(_("contract amended on"), null=True, blank=True)
    amendment = models.ForeignKey(
        ContractAmendment,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="design_changes",
        verbose_name=_("contract amendment"),
    )
    baseline = models.ForeignKey(
        Schedule,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("new baseline"),
    )

    follow_up_fields = ("amended_date", "amendment", "baseline")

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("design change")
        verbose_name_plural = _("design changes")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="design_change_amounts_not_negative",
                condition=models.Q(before_amount=None)
                | models.Q(before_amount__gte=0, after_amount__gte=0),
                violation_error_message=_("An amount cannot be negative."),
            ),
        ]
        indexes = [
            # The register and the project page, newest first in a project.
            models.Index(fields=["project", "-public_id"], name="design_change_by_project"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def change_amount(self) -> int | None:
        """By how much the contract amount changes, in minor units."""
        if self.before_amount is None or self.after_amount is None:
            return None
        return self.after_amount - self.before_amount

    @property
    def change_days(self) -> int:
        """By how many days the completion date moves."""
        if self.after_completion_date is None or self.before_completion_date is None:
            return 0
        return (self.after_completion_date - self.before_completion_date).days


class DesignChangeItem(Line):
    """A quantity before and after the change, with the basis of its unit price."""

    class PriceBasis(models.TextChoices):
        CONTRACT = "contract", _("price of the contract")
        AGREED = "agreed", _("price agreed on")
        NEW = "new", _("new price")
        STANDARD = "standard", _("standard market price")

    change = models.ForeignKey(DesignChange, models.CASCADE, related_name="quantity_lines")
    section = models.CharField(_("section of work"), max_length=200)
    name = models.CharField(_("item"), max_length=300)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    before_quantity = models.DecimalField(_("quantity before"), max_digits=18, decimal_places=3)
    after_quantity = models.DecimalField(_("quantity after"), max_digits=18, decimal_places=3)
    price_basis = models.CharField(
        _("basis of the unit price"),
        max_length=20,
        choices=PriceBasis,
        default=PriceBasis.CONTRACT,
    )
    unit_price_amount = models.BigIntegerField(_("unit price"))
    before_amount = models.BigIntegerField(_("amount before"), default=0, editable=False)
    after_amount = models.BigIntegerField(_("amount after"), default=0, editable=False)

    class Meta(Line.Meta):
        verbose_name = _("changed quantity")
        verbose_name_plural = _("changed quantities")
        constraints = [
            models.CheckConstraint(
                name="design_change_item_not_negative",
                condition=models.Q(
                    before_quantity__gte=0, after_quantity__gte=0, unit_price_amount__gte=0
                ),
                violation_error_message=_("A quantity or price cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section}: {self.name}"
