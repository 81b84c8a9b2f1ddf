"""Contracts of a project, their amendments, guarantees and subcontracts."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.projects import Project


class Contract(models.Model):
    """A contract of the ordering body: construction, design or supervision."""

    record_type = "contract"

    class Kind(models.TextChoices):
        CONSTRUCTION = "construction", _("construction")
        DESIGN = "design", _("design")
        SUPERVISION = "supervision", _("supervision")

    class State(models.TextChoices):
        #: Being entered; not public.
        DRAFT = "draft", _("being entered")
        #: Signed by both sides: public from here on.
        SIGNED = "signed", _("signed")
        #: Fulfilled and settled.
        COMPLETED = "completed", _("completed")
        #: Ended before completion, with its reason.
        TERMINATED = "terminated", _("terminated")

    class Procurement(models.TextChoices):
        """OCDS method."""

        OPEN = "open", _("open tender")
        SELECTIVE = "selective", _("selective tender")
        LIMITED = "limited", _("limited tender")
        DIRECT = "direct", _("direct award")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="contracts")
    kind = models.CharField(max_length=20, choices=Kind)
    number = models.CharField(_("contract number"), max_length=80)
    title = models.CharField(_("title"), max_length=500)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    signed_date = models.DateField(_("signed on"), null=True, blank=True)
    procurement_method = models.CharField(max_length=20, choices=Procurement, blank=True)
    award_method = models.CharField(_("award method"), max_length=200, blank=True)
    bidders_count = models.PositiveIntegerField(_("number of bidders"), null=True, blank=True)
    contractor = models.ForeignKey(Organization, models.PROTECT, related_name="contracts")
    currency = models.CharField(max_length=3, help_text=_("ISO 4217 code."))
    original_amount = models.BigIntegerField(help_text=_("At signing, in minor units, with VAT."))
    amount = models.BigIntegerField(help_text=_("Current, in minor units, with VAT."))
    award_ratio = models.DecimalField(
        max_digits=7, decimal_places=3, null=True, blank=True, help_text=_("Per cent.")
    )
    instalment_number = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Of a contract let in yearly instalments.")
    )
    advance_paid_amount = models.BigIntegerField(default=0)
    start_date = models.DateField(null=True, blank=True)
    original_completion_date = models.DateField(null=True, blank=True)
    completion_date = models.DateField(null=True, blank=True)
    document_url = models.URLField(
        blank=True, help_text=_("The redacted contract document, where it is published.")
    )
    terminated_date = models.DateField(null=True, blank=True)
    termination_reason = models.TextField(blank=True)

    # Never public (domain B.1)
    contractor_account = models.CharField(max_length=100, blank=True)
    seal_certificate = models.TextField(blank=True)

    class Meta:
        ordering = ["project", "kind", "signed_date"]
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number", "instalment_number"],
                name="contract_once_per_project",
                nulls_distinct=False,
                violation_error_message=_("This project has a contract of that number already."),
            ),
            models.CheckConstraint(
                name="contract_amounts_not_negative",
                condition=models.Q(
                    original_amount__gte=0, amount__gte=0, advance_paid_amount__gte=0
                ),
                violation_error_message=_("An amount cannot be negative."),
            ),
            models.CheckConstraint(
                name="contract_signed_has_a_date",
                condition=models.Q(state="draft") | models.Q(signed_date__isnull=False),
                violation_error_message=_("A signed contract needs the day of signing."),
            ),
            models.CheckConstraint(
                name="contract_termination_has_a_reason",
                condition=~models.Q(state="terminated") | ~models.Q(termination_reason=""),
                violation_error_message=_("A termination needs its reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ContractParty(models.Model):
    """A member of the joint venture that holds a contract."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="parties")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="joint_contracts")
    share = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("Per cent.")
    )
    is_lead = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_lead", "id"]
        verbose_name = _("joint venture member")
        verbose_name_plural = _("joint venture members")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "organization"], name="contract_party_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)


class Guarantee(models.Model):
    """A guarantee given under a contract, with its expiry."""

    class Kind(models.TextChoices):
        PERFORMANCE = "performance", _("performance")
        ADVANCE = "advance", _("advance payment")
        DEFECT = "defect", _("defect")
        PAYMENT = "payment", _("payment to subcontractors")

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="guarantees")
    kind = models.CharField(max_length=20, choices=Kind)
    issuer = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    expiry_date = models.DateField()

    class Meta:
        ordering = ["expiry_date"]
        verbose_name = _("guarantee")
        verbose_name_plural = _("guarantees")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.expiry_date})"


class ContractAmendment(models.Model):
    """A signed change of a contract: value, duration or scope (OC4IDS modification)."""

    class Kind(models.TextChoices):
        VALUE = "value", _("value")
        DURATION = "duration", _("duration")
        SCOPE = "scope", _("scope")

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    date = models.DateField()
    reason = models.TextField()
    before_amount = models.BigIntegerField()
    after_amount = models.BigIntegerField()
    before_completion_date = models.DateField(null=True, blank=True)
    after_completion_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        verbose_name = _("contract amendment")
        verbose_name_plural = _("contract amendments")
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="amendment_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract.number} / {self.number}"


class BillItem(models.Model):
    """A line of the priced bill of quantities; the public sees totals by section."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="bill_items")
    section = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    unit = models.CharField(max_length=20)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit_price_amount = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        verbose_name = _("bill item")
        verbose_name_plural = _("bill items")

    def __str__(self) -> str:
        return f"{self.section}: {self.name}"


class Subcontract(models.Model):
    """A contract below the contractor: for work, equipment or material."""

    record_type = "subcontract"

    class Kind(models.TextChoices):
        SUBCONTRACT = "subcontract", _("subcontract")
        EQUIPMENT = "equipment", _("equipment lease")
        MATERIAL = "material", _("material supply")

    class State(models.TextChoices):
        #: Being entered by the contractor.
        DRAFT = "draft", _("being entered")
        #: Notified to the ordering body; waits for the review of appropriateness.
        NOTIFIED = "notified", _("notified")
        #: Sent back with a reason.
        RETURNED = "returned", _("returned")
        #: Reviewed by supervisor and officer: public from here on.
        APPROVED = "approved", _("approved")
        #: The work is done and settled.
        COMPLETED = "completed", _("completed")
        #: Ended early.
        TERMINATED = "terminated", _("terminated")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="subcontracts")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.SUBCONTRACT)
    subcontractor = models.ForeignKey(Organization, models.PROTECT, related_name="subcontracts")
    work_scope = models.CharField(max_length=300)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    contract_date = models.DateField()
    amount = models.BigIntegerField(help_text=_("In minor units of the contract's currency."))
    scope_amount = models.BigIntegerField(
        _("prime's price of the same scope"),
        null=True,
        blank=True,
        help_text=_("In the contract above: the ratio is worked out from it."),
    )
    ratio_to_prime = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Per cent of the prime's price for the same scope."),
    )
    start_date = models.DateField(null=True, blank=True)
    completion_date = models.DateField(null=True, blank=True)
    #: Set when the contractor notifies the ordering body.
    notified_date = models.DateField(_("notified on"), null=True, blank=True, editable=False)
    has_direct_payment_agreement = models.BooleanField(default=False)
    direct_payment_agreed_date = models.DateField(
        _("direct payment agreed on"),
        null=True,
        blank=True,
        help_text=_("Day on which ordering body, contractor and subcontractor signed."),
    )
    has_payment_guarantee = models.BooleanField(default=False)
    guarantee_issuer = models.CharField(
        _("issuer of the payment guarantee"), max_length=200, blank=True
    )
    guarantee_amount = models.BigIntegerField(
        _("amount of the payment guarantee"), null=True, blank=True
    )
    guarantee_expiry_date = models.DateField(_("payment guarantee until"), null=True, blank=True)
    guarantee_exemption_reason = models.CharField(max_length=300, blank=True)
    is_electronic = models.BooleanField(_("electronic contract"), default=False)
    uses_standard_contract = models.BooleanField(_("standard form of contract"), default=False)

    # Review of appropriateness (하도급 적정성 심사): points of 100, and its result
    price_score = models.PositiveSmallIntegerField(
        _("adequacy of the price (of 50)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(50)],
    )
    capability_score = models.PositiveSmallIntegerField(
        _("capability of the firm (of 20)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(20)],
    )
    reliability_score = models.PositiveSmallIntegerField(
        _("reliability of the firm (of 15)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(15)],
    )
    conditions_score = models.PositiveSmallIntegerField(
        _("conditions of the work (of 15)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(15)],
    )
    reviewed_date = models.DateField(_("reviewed on"), null=True, blank=True, editable=False)
    review_result = models.TextField(_("appropriateness review"), blank=True)

    # Never public (domain B.1)
    unit_prices = models.JSONField(default=list, blank=True)
    representative_name = models.CharField(max_length=100, blank=True)
    representative_mobile = models.CharField(max_length=40, blank=True)
    bank_account = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["contract", "contract_date"]
        verbose_name = _("subcontract")
        verbose_name_plural = _("subcontracts")
        constraints = [
            models.CheckConstraint(
                name="subcontract_amount_not_negative",
                condition=models.Q(amount__gte=0),
                violation_error_message=_("An amount cannot be negative."),
            ),
            models.CheckConstraint(
                name="subcontract_scope_above_zero",
                condition=models.Q(scope_amount=None) | models.Q(scope_amount__gt=0),
                violation_error_message=_("The price of the scope is above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subcontractor}: {self.work_scope}"

    @property
    def review_score(self) -> int | None:
        """Points of the review of appropriateness, None until every part has its points."""
        parts = (
            self.price_score,
            self.capability_score,
            self.reliability_score,
            self.conditions_score,
        )
        return None if None in parts else sum(parts)
