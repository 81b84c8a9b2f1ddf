"""Progress claims (기성청구): quantities done, what is certified for them, what is taken off."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.amounts import rate
from pmis.models.contracts import Contract
from pmis.models.files import FileLine
from pmis.models.records import IN_FORCE, Line, Record, RecordQuerySet

#: Classes of payees, in the order of the sheet; their amounts sum to what is certified.
SPLIT = (
    "own_amount",
    "subcontract_amount",
    "equipment_amount",
    "material_amount",
    "labor_amount",
)
#: What is taken off the certified amount.
DEDUCTIONS = (
    "advance_recovery_amount",
    "retention_amount",
    "delay_damages_amount",
    "client_supplied_amount",
)


def _sum(names: tuple[str, ...]) -> models.expressions.Combinable:
    first, *others = (models.F(name) for name in names)
    for other in others:
        first = first + other
    return first


class ProgressClaim(Record):
    """An instalment: claimed, inspected and certified, approved, paid (domain A.1, C.10).

    Amounts are in minor units of the contract's currency; `pmis.amounts` says how they are cut.
    """

    record_type = "progress_claim"

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("progress payment")
        COMPLETION = "completion", _("completion payment")

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="progress_claims",
        verbose_name=_("contract"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.PROGRESS)
    #: Counted per contract when the claim is first submitted.
    instalment_number = models.PositiveSmallIntegerField(
        _("instalment"), null=True, blank=True, editable=False
    )
    from_date = models.DateField(_("period from"), null=True, blank=True)
    to_date = models.DateField(_("period to"), null=True, blank=True)

    # What is claimed; the classes of payees are written by the author and set by the supervisor
    claimed_amount = models.BigIntegerField(
        _("claimed amount"), null=True, blank=True, editable=False
    )
    own_amount = models.BigIntegerField(_("own work"), default=0)
    subcontract_amount = models.BigIntegerField(_("subcontractors"), default=0)
    equipment_amount = models.BigIntegerField(_("equipment lessors"), default=0)
    material_amount = models.BigIntegerField(_("material suppliers"), default=0)
    labor_amount = models.BigIntegerField(_("labor"), default=0)

    # The inspection (기성검사) and its statement (감독조서)
    inspection_date = models.DateField(_("inspected on"), null=True, blank=True)
    supervision_statement = models.TextField(_("supervision statement"), blank=True)
    inspector_body = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("inspecting body"),
    )
    certified_amount = models.BigIntegerField(
        _("certified amount"), null=True, blank=True, editable=False
    )
    cumulative_amount = models.BigIntegerField(
        _("certified so far, this one included"), null=True, blank=True, editable=False
    )
    cumulative_rate = models.DecimalField(
        _("certified so far, per cent of the contract"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        editable=False,
    )

    # Deductions, worked out or set when the officer approves
    delay_days = models.PositiveSmallIntegerField(_("days of delay"), default=0)
    advance_recovery_amount = models.BigIntegerField(
        _("recovery of the advance"), default=0, editable=False
    )
    retention_amount = models.BigIntegerField(_("retention"), default=0)
    delay_damages_amount = models.BigIntegerField(_("delay damages"), default=0, editable=False)
    client_supplied_amount = models.BigIntegerField(_("client-supplied goods"), default=0)
    payable_amount = models.BigIntegerField(
        _("amount to be paid"), null=True, blank=True, editable=False
    )

    # What followed: facts of the payment
    paid_date = models.DateField(_("paid on"), null=True, blank=True)
    paid_amount = models.BigIntegerField(_("paid amount"), null=True, blank=True)

    # Never public (domain B.1, FIN)
    claimant_account = models.CharField(_("account of the claimant"), max_length=100, blank=True)
    tax_invoice_number = models.CharField(_("tax invoice number"), max_length=60, blank=True)

    follow_up_fields = ("paid_date", "paid_amount")
    shared_fields = SPLIT

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("progress claim")
        verbose_name_plural = _("progress claims")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["contract", "instalment_number"],
                condition=models.Q(state__in=IN_FORCE),
                name="progress_claim_instalment_once",
            ),
            models.CheckConstraint(
                name="progress_claim_period_in_order",
                condition=models.Q(from_date=None)
                | models.Q(to_date=None)
                | models.Q(to_date__gte=models.F("from_date")),
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                name="progress_claim_parts_not_negative",
                condition=models.Q(**{f"{name}__gte": 0 for name in (*SPLIT, *DEDUCTIONS)}),
                violation_error_message=_("An amount cannot be negative."),
            ),
            models.CheckConstraint(
                name="progress_claim_split_is_the_certified",
                condition=models.Q(certified_amount=None) | models.Q(certified_amount=_sum(SPLIT)),
                violation_error_message=_("The split does not sum to the certified amount."),
            ),
            models.CheckConstraint(
                name="progress_claim_certified_not_above_claimed",
                condition=models.Q(certified_amount=None)
                | models.Q(
                    certified_amount__gte=0, certified_amount__lte=models.F("claimed_amount")
                ),
                violation_error_message=_("More is certified than was claimed."),
            ),
            models.CheckConstraint(
                name="progress_claim_payable_is_what_is_left",
                condition=models.Q(payable_amount=None)
                | models.Q(
                    payable_amount__gte=0,
                    payable_amount=models.F("certified_amount") - _sum(DEDUCTIONS),
                ),
                violation_error_message=_("More is taken off than is certified."),
            ),
            models.CheckConstraint(
                name="progress_claim_paid_not_above_payable",
                condition=models.Q(paid_amount=None)
                | models.Q(paid_amount__gte=0, paid_amount__lte=models.F("payable_amount")),
                violation_error_message=_("More is paid than is to be paid."),
            ),
        ]
        indexes = [
            # The register and the project page, newest first in a project.
            models.Index(fields=["project", "-public_id"], name="progress_claim_by_project"),
        ]

    def __str__(self) -> str:
        period = "" if self.from_date is None else f"{self.from_date} – {self.to_date}"
        number = "" if self.instalment_number is None else f"#{self.instalment_number}"
        return " ".join(part for part in (number, period) if part)

    @property
    def split(self) -> dict[str, int]:
        """The amounts by class of payee."""
        return {name: getattr(self, name) for name in SPLIT}

    @property
    def deductions(self) -> dict[str, int]:
        """What is taken off, by kind."""
        return {name: getattr(self, name) for name in DEDUCTIONS}


class ClaimItem(Line):
    """A line of the quantity sheet: contract, before, this time, certified."""

    claim = models.ForeignKey(ProgressClaim, models.CASCADE, related_name="items")
    #: Code of the work item in the approved schedule.
    code = models.CharField(_("code"), max_length=40)
    section = models.CharField(_("section of work"), max_length=200, blank=True)
    name = models.CharField(_("item"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    contract_quantity = models.DecimalField(
        _("quantity of the contract"), max_digits=18, decimal_places=3, default=0
    )
    contract_amount = models.BigIntegerField(_("amount of the contract"), default=0)
    previous_quantity = models.DecimalField(
        _("quantity before"), max_digits=18, decimal_places=3, default=0
    )
    previous_amount = models.BigIntegerField(_("amount before"), default=0)
    quantity = models.DecimalField(
        _("quantity this time"), max_digits=18, decimal_places=3, default=0
    )
    amount = models.BigIntegerField(_("amount this time"), default=0)
    certified_quantity = models.DecimalField(
        _("certified quantity"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    certified_amount = models.BigIntegerField(
        _("certified amount"), null=True, blank=True, editable=False
    )

    class Meta(Line.Meta):
        verbose_name = _("line of the quantity sheet")
        verbose_name_plural = _("quantity sheet")
        constraints = [
            models.UniqueConstraint(fields=["claim", "code"], name="claim_item_code_once"),
            models.CheckConstraint(
                name="claim_item_never_above_contract",
                condition=models.Q(
                    quantity__gte=0,
                    previous_quantity__gte=0,
                    contract_quantity__gte=models.F("previous_quantity") + models.F("quantity"),
                ),
                violation_error_message=_("More is claimed than the contract holds."),
            ),
            models.CheckConstraint(
                name="claim_item_certified_not_above_claimed",
                condition=models.Q(certified_quantity=None)
                | models.Q(certified_quantity__gte=0, certified_quantity__lte=models.F("quantity")),
                violation_error_message=_("More is certified than was claimed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def counted_quantity(self) -> Decimal:
        """The certified quantity, before the inspection the claimed one."""
        return self.quantity if self.certified_quantity is None else self.certified_quantity

    @property
    def cumulative_quantity(self) -> Decimal:
        """The quantity up to now, this claim included."""
        return self.previous_quantity + self.counted_quantity

    @property
    def cumulative_amount(self) -> int:
        """The amount up to now, this claim included."""
        amount = self.amount if self.certified_amount is None else self.certified_amount
        return self.previous_amount + amount

    @property
    def cumulative_rate(self) -> Decimal | None:
        """The quantity up to now in per cent of the contract's."""
        return rate(self.cumulative_quantity, self.contract_quantity)


class ClaimAttachment(Line):
    """A document that goes with a claim: on the checklist, attached or not."""

    claim = models.ForeignKey(ProgressClaim, models.CASCADE, related_name="attachments")
    document = models.CharField(_("document"), max_length=200)
    is_attached = models.BooleanField(_("attached"), default=False)
    remark = models.CharField(_("remark"), max_length=200, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("document of the claim")
        verbose_name_plural = _("documents of the claim")

    def __str__(self) -> str:
        return self.document


class ClaimCertificateFile(FileLine):
    """A file with which a claim is certified: measurements, the inspection report."""

    claim = models.ForeignKey(ProgressClaim, models.CASCADE, related_name="certificate_files")

    class Meta(FileLine.Meta):
        verbose_name = _("file of a certification")
        verbose_name_plural = _("files of certifications")
