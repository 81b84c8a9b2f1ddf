"""Disclosure of contracts and subcontracts (domain B.1)."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.declarations import (
    Lines,
    RecordType,
    Trigger,
    masked,
    opened,
    withheld,
)
from ccs.lib.grounds import Ground
from pmis.models import (
    BillItem,
    Contract,
    ContractAmendment,
    ContractParty,
    Guarantee,
    Subcontract,
)

CONTRACT = RecordType(
    kind="contract",
    label=_("Contract"),
    label_plural=_("Contracts"),
    model=Contract,
    condition=(
        "t.state <> 'draft' AND EXISTS (SELECT 1 FROM pmis_project p"
        " WHERE p.id = t.project_id AND p.registered_at IS NOT NULL)"
    ),
    public_from=_("when the contract is signed"),
    items=(
        opened("contract_kind", _("Kind of contract"), "kind"),
        opened("number", _("Contract number"), "number"),
        opened("title", _("Title"), "title"),
        opened("signed_date", _("Signed on"), "signed_date"),
        opened("award", _("Type and award method"), "procurement_method", "award_method"),
        opened("bidders_count", _("Number of bidders"), "bidders_count"),
        opened(
            "contractor",
            _("Contractor"),
            "contractor_id",
            "parties.organization_id",
            "parties.share",
            "parties.is_lead",
        ),
        opened("amount", _("Amount with VAT"), "currency", "original_amount", "amount"),
        opened("award_ratio", _("Award ratio"), "award_ratio"),
        opened("instalment_number", _("Yearly instalment"), "instalment_number"),
        opened("advance_paid_amount", _("Advance paid"), "advance_paid_amount"),
        opened("period", _("Period"), "start_date", "original_completion_date", "completion_date"),
        opened(
            "guarantees",
            _("Guarantees and their expiry"),
            "guarantees.kind",
            "guarantees.issuer",
            "guarantees.amount",
            "guarantees.expiry_date",
        ),
        opened(
            "amendments",
            _("Amendments"),
            "amendments.number",
            "amendments.kind",
            "amendments.date",
            "amendments.reason",
            "amendments.before_amount",
            "amendments.after_amount",
            "amendments.before_completion_date",
            "amendments.after_completion_date",
        ),
        opened("document", _("Contract document (redacted)"), "document_url"),
        opened(
            "termination",
            _("Status, termination or sanction"),
            "state",
            "terminated_date",
            "termination_reason",
        ),
        masked(
            "bill_of_quantities",
            _("Priced bill of quantities"),
            "bill_items.section",
            "bill_items.name",
            "bill_items.unit",
            "bill_items.quantity",
            "bill_items.unit_price_amount",
            "bill_items.amount",
            how=_("totals by section of work"),
            computed={
                "bill_sections": (
                    "(SELECT json_agg(json_build_object('section', s.section, 'amount', s.amount)"
                    " ORDER BY s.section) FROM (SELECT b.section, sum(b.amount)::bigint AS amount"
                    " FROM pmis_billitem b WHERE b.contract_id = t.id GROUP BY b.section) s)"
                )
            },
        ),
        withheld(
            "contractor_account",
            _("Contractor's bank account"),
            "contractor_account",
            ground=Ground.FIN,
        ),
        withheld(
            "seal_certificate",
            _("Seal and certificate data"),
            "seal_certificate",
            ground=Ground.SEC,
        ),
    ),
    technical={},
    lines=(
        Lines("parties", ContractParty, "contract", order_by="c.is_lead DESC, c.id"),
        Lines("guarantees", Guarantee, "contract", order_by="c.expiry_date, c.id"),
        Lines("amendments", ContractAmendment, "contract", order_by="c.number"),
        Lines("bill_items", BillItem, "contract", order_by="c.id"),
    ),
    listing={
        "title": "t.title",
        "status": "t.state",
        "work_type": "t.kind",
        "firms": (
            "(SELECT array_agg(o.public_id) FROM ccs_organization o"
            " WHERE o.id = ANY (t.contractor_id || ARRAY("
            "SELECT m.organization_id FROM pmis_contractparty m WHERE m.contract_id = t.id)))"
        ),
        "amount": "t.amount",
        "currency": "t.currency",
        "sort_date": "t.signed_date",
        "start_date": "t.start_date",
        "end_date": "t.completion_date",
    },
    triggers=(
        Trigger(
            "pmis_project",
            "SELECT k.public_id FROM {changed} c JOIN pmis_contract k ON k.project_id = c.id",
            columns=("registered_at",),
        ),
    ),
)

SUBCONTRACT = RecordType(
    kind="subcontract",
    label=_("Subcontract"),
    label_plural=_("Subcontracts"),
    model=Subcontract,
    condition=(
        "t.state IN ('approved', 'completed', 'terminated') AND EXISTS"
        " (SELECT 1 FROM pmis_contract k JOIN pmis_project p ON p.id = k.project_id"
        " WHERE k.id = t.contract_id AND k.state <> 'draft' AND p.registered_at IS NOT NULL)"
    ),
    public_from=_("when the officer approves the notified subcontract"),
    items=(
        opened("subcontractor", _("Subcontractor"), "subcontractor_id"),
        opened("work_scope", _("Trade and scope"), "kind", "work_scope", "contract_id"),
        opened("contract_date", _("Contract date"), "contract_date"),
        opened("amount", _("Amount"), "amount"),
        opened("ratio_to_prime", _("Ratio to the prime's price"), "ratio_to_prime", "scope_amount"),
        opened("period", _("Period"), "start_date", "completion_date"),
        opened(
            "direct_payment",
            _("Direct-payment agreement"),
            "has_direct_payment_agreement",
            "direct_payment_agreed_date",
        ),
        opened(
            "payment_guarantee",
            _("Payment guarantee or reason of exemption"),
            "has_payment_guarantee",
            "guarantee_issuer",
            "guarantee_amount",
            "guarantee_expiry_date",
            "guarantee_exemption_reason",
        ),
        opened(
            "review_result",
            _("Review of appropriateness"),
            "review_result",
            "price_score",
            "capability_score",
            "reliability_score",
            "conditions_score",
            "reviewed_date",
        ),
        opened(
            "is_electronic", _("Electronic contract"), "is_electronic", "uses_standard_contract"
        ),
        opened("status", _("Status"), "state", "notified_date"),
        withheld("unit_prices", _("Unit prices"), "unit_prices", ground=Ground.G7),
        withheld(
            "representative",
            _("Personal data of the representative"),
            "representative_name",
            "representative_mobile",
            ground=Ground.G6,
        ),
        withheld("bank_account", _("Bank account"), "bank_account", ground=Ground.FIN),
    ),
    technical={},
    project="(SELECT k.project_id FROM pmis_contract k WHERE k.id = t.contract_id)",
    listing={
        "title": "t.work_scope",
        "status": "t.state",
        "work_type": "t.kind",
        "firms": (
            "(SELECT ARRAY[o.public_id] FROM ccs_organization o WHERE o.id = t.subcontractor_id)"
        ),
        "amount": "t.amount",
        "currency": "(SELECT k.currency FROM pmis_contract k WHERE k.id = t.contract_id)",
        "sort_date": "t.contract_date",
        "start_date": "t.start_date",
        "end_date": "t.completion_date",
    },
    triggers=(
        Trigger(
            "pmis_contract",
            "SELECT s.public_id FROM {changed} c JOIN pmis_subcontract s ON s.contract_id = c.id",
            columns=("state", "currency", "project_id"),
        ),
        Trigger(
            "pmis_project",
            "SELECT s.public_id FROM {changed} c JOIN pmis_contract k ON k.project_id = c.id"
            " JOIN pmis_subcontract s ON s.contract_id = k.id",
            columns=("registered_at",),
        ),
    ),
)
