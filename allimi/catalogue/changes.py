"""Disclosure of design changes, time extensions and progress claims (domain B.1)."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.conditions import IN_FORCE_OR_SUPERSEDED
from allimi.catalogue.declarations import Lines, RecordType, masked, opened, withheld
from allimi.catalogue.reports import RECORD_TECHNICAL
from ccs.lib.grounds import Ground
from pmis.models import (
    ClaimAttachment,
    ClaimCertificateFile,
    ClaimItem,
    DesignChange,
    DesignChangeItem,
    NonWorkingDay,
    ProgressClaim,
    TimeExtension,
)

_AMENDMENT_NUMBER = "(SELECT a.number FROM pmis_contractamendment a WHERE a.id = t.amendment_id)"
_AMENDMENT_TECHNICAL = {"amendment_id": "the amendment, published by its number"}


def _by_section(table: str, parent: str, *columns: str) -> str:
    """Return SQL of the sums of some amounts by section of work."""
    sums = ", ".join(f"sum(i.{column})::bigint AS {column}" for column in columns)
    pairs = ", ".join(f"'{column}', s.{column}" for column in columns)
    return (
        f"(SELECT json_agg(json_build_object('section', s.section, {pairs}) ORDER BY s.section)"
        f" FROM (SELECT i.section, {sums} FROM {table} i WHERE i.{parent} = t.id"
        " GROUP BY i.section) s)"
    )


DESIGN_CHANGE = RecordType(
    kind="design_change",
    label=_("Design change"),
    label_plural=_("Design changes"),
    model=DesignChange,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened("number", _("Number"), "number", "title", "contract_id", "submitted_at"),
        opened("requested_by", _("Requested by"), "requested_by"),
        opened("reason_category", _("Reason"), "reason_category"),
        opened("description", _("Description"), "description", "site_report_number"),
        opened("amounts", _("Amount before and after"), "before_amount", "after_amount"),
        opened(
            "quantities",
            _("Quantities before and after, by section"),
            "quantity_lines.section",
            "quantity_lines.name",
            "quantity_lines.unit",
            "quantity_lines.before_quantity",
            "quantity_lines.after_quantity",
            "quantity_lines.price_basis",
        ),
        opened(
            "completion_dates",
            _("Completion before and after"),
            "before_completion_date",
            "after_completion_date",
        ),
        opened("drawings", _("Drawings concerned"), "drawings"),
        opened("review_opinion", _("Opinion of the review"), "review_opinion"),
        opened(
            "committee",
            _("Result of the advisory committee"),
            "needs_committee",
            "committee_date",
            "committee_result",
        ),
        opened("approved_at", _("Approved at"), "approved_at", "state"),
        opened("approver", _("Role of the approver"), shown_from=("state",)),
        opened(
            "amendment",
            _("Contract amendment and new baseline"),
            "amended_date",
            "baseline_id",
            computed={"amendment_number": _AMENDMENT_NUMBER},
        ),
        opened(
            "cumulative",
            _("Changes so far, in number and per cent"),
            "change_count",
            "cumulative_rate",
            "is_repeated",
        ),
        masked(
            "unit_prices",
            _("Unit prices"),
            "quantity_lines.unit_price_amount",
            "quantity_lines.before_amount",
            "quantity_lines.after_amount",
            how=_("totals by section of work"),
            computed={
                "sections": _by_section(
                    "pmis_designchangeitem", "change_id", "before_amount", "after_amount"
                )
            },
        ),
        withheld(
            "negotiation",
            _("Positions in the negotiation and drafts"),
            "negotiation_note",
            ground=Ground.G5,
        ),
    ),
    technical={**RECORD_TECHNICAL, **_AMENDMENT_TECHNICAL},
    lines=(Lines("quantity_lines", DesignChangeItem, "change"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={
        "title": "t.title",
        "status": "t.state",
        "amount": "t.after_amount",
        "currency": "(SELECT k.currency FROM pmis_contract k WHERE k.id = t.contract_id)",
        "sort_date": "(t.approved_at AT TIME ZONE 'UTC')::date",
    },
)

TIME_EXTENSION = RecordType(
    kind="time_extension",
    label=_("Time extension or suspension"),
    label_plural=_("Time extensions and suspensions"),
    model=TimeExtension,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened("number", _("Number"), "number", "contract_id", "state"),
        opened("kind", _("Kind"), "kind"),
        opened("days", _("Days of extension"), "days_asked", "days_approved"),
        opened("before_date", _("Completion before"), "before_completion_date"),
        opened("after_date", _("Completion after"), "after_completion_date"),
        opened("ground", _("Reason"), "ground", "description", "review_opinion"),
        opened(
            "evidence",
            _("Non-working days that prove it"),
            "evidence_from_date",
            "evidence_to_date",
            "non_working_days",
            "evidence_days.date",
            "evidence_days.cause",
            "evidence_days.report_id",
        ),
        opened("approved_at", _("Approved at"), "approved_at"),
        opened(
            "suspension", _("Suspended from and to"), "suspended_from_date", "suspended_to_date"
        ),
        opened("resumption", _("Resumed on"), "resumed_date"),
        opened("cost_effect", _("Effect on the cost"), "cost_amount"),
        opened(
            "registration_date",
            _("Registered on, contract amended on"),
            "submitted_at",
            "amended_date",
            computed={"amendment_number": _AMENDMENT_NUMBER},
        ),
    ),
    technical={**RECORD_TECHNICAL, **_AMENDMENT_TECHNICAL},
    lines=(Lines("evidence_days", NonWorkingDay, "extension"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={
        "title": "t.description",
        "status": "t.state",
        "work_type": "t.kind",
        "sort_date": "(t.approved_at AT TIME ZONE 'UTC')::date",
        "start_date": "t.before_completion_date",
        "end_date": "t.after_completion_date",
    },
)

PROGRESS_CLAIM = RecordType(
    kind="progress_claim",
    label=_("Progress claim"),
    label_plural=_("Progress claims"),
    model=ProgressClaim,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened(
            "instalment",
            _("Number and instalment"),
            "number",
            "instalment_number",
            "kind",
            "contract_id",
            "submitted_at",
        ),
        opened("period", _("Period"), "from_date", "to_date"),
        opened("claimed_amount", _("Claimed amount"), "claimed_amount"),
        opened("certified_amount", _("Certified amount"), "certified_amount"),
        opened("cumulative", _("Certified so far"), "cumulative_amount", "cumulative_rate"),
        opened(
            "deductions",
            _("Deductions"),
            "advance_recovery_amount",
            "retention_amount",
            "delay_days",
            "delay_damages_amount",
            "client_supplied_amount",
            "payable_amount",
        ),
        opened("inspection_date", _("Inspected on"), "inspection_date", "supervision_statement"),
        opened("inspector_body", _("Inspecting body"), "inspector_body_id"),
        opened("decision", _("Decision"), "state", "approved_at"),
        opened("paid_date", _("Paid on"), "paid_date"),
        opened("paid_amount", _("Paid amount"), "paid_amount"),
        opened(
            "split",
            _("Split by class of payee"),
            "own_amount",
            "subcontract_amount",
            "equipment_amount",
            "material_amount",
            "labor_amount",
        ),
        opened(
            "attachments",
            _("Documents of the claim"),
            "attachments.document",
            "attachments.is_attached",
            "attachments.remark",
        ),
        masked(
            "quantity_sheet",
            _("Quantity sheet"),
            "items.code",
            "items.section",
            "items.name",
            "items.unit",
            "items.contract_quantity",
            "items.contract_amount",
            "items.previous_quantity",
            "items.previous_amount",
            "items.quantity",
            "items.amount",
            "items.certified_quantity",
            "items.certified_amount",
            how=_("totals by section of work"),
            computed={
                "sections": _by_section(
                    "pmis_claimitem",
                    "claim_id",
                    "contract_amount",
                    "previous_amount",
                    "certified_amount",
                )
            },
        ),
        withheld(
            "certificate_files",
            _("Files, which may hold the works and data of others"),
            "certificate_files.file_id",
            ground=Ground.G7,
        ),
        withheld(
            "claimant",
            _("Account of the claimant and tax invoice"),
            "claimant_account",
            "tax_invoice_number",
            ground=Ground.FIN,
        ),
    ),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("items", ClaimItem, "claim"),
        Lines("attachments", ClaimAttachment, "claim"),
        Lines("certificate_files", ClaimCertificateFile, "claim"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={
        "title": "t.instalment_number::text",
        "status": "t.state",
        "work_type": "t.kind",
        "amount": "t.certified_amount",
        "currency": "(SELECT k.currency FROM pmis_contract k WHERE k.id = t.contract_id)",
        "sort_date": "t.to_date",
        "start_date": "t.from_date",
        "end_date": "t.to_date",
    },
)
