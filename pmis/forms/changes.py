"""The forms of design changes, time extensions, progress claims, evaluations and penalties."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmis.forms.fields import short
from pmis.forms.records import LineForm, LineSpec, file_lines, form_of
from pmis.models import (
    ClaimAttachment,
    ClaimCertificateFile,
    ClaimItem,
    DesignChange,
    DesignChangeItem,
    Evaluation,
    EvaluationScore,
    NonWorkingDay,
    Penalty,
    PenaltyStatementFile,
    ProgressClaim,
    TimeExtension,
)
from pmis.models.progress_claims import SPLIT

# -- Design changes and extensions -----------------------------------------------------------

DesignChangeForm = form_of(
    DesignChange,
    (
        "contract",
        "title",
        "requested_by",
        "reason_category",
        "description",
        "site_report_number",
        "after_completion_date",
        "drawings",
    ),
)
DESIGN_CHANGE_LINES = (
    LineSpec(
        "quantity_lines",
        gettext_lazy("changed quantities"),
        form_of(
            DesignChangeItem,
            (
                "section",
                "name",
                "unit",
                "before_quantity",
                "after_quantity",
                "price_basis",
                "unit_price_amount",
            ),
            LineForm,
        ),
        blank=1,
        defaults={"price_basis": DesignChangeItem.PriceBasis.CONTRACT},
        shown=("before_amount", "after_amount"),
    ),
)

TimeExtensionForm = form_of(
    TimeExtension,
    (
        "kind",
        "contract",
        "ground",
        "description",
        "days_asked",
        "evidence_from_date",
        "evidence_to_date",
        "suspended_from_date",
        "suspended_to_date",
        "cost_amount",
    ),
)
EVIDENCE_DAYS = LineSpec(
    "evidence_days",
    gettext_lazy("non-working days of the daily reports"),
    form_of(NonWorkingDay, ("date", "cause"), LineForm),
)

# -- Progress claims -------------------------------------------------------------------------


class ProgressClaimForm(
    form_of(
        ProgressClaim,
        (
            "contract",
            "kind",
            "from_date",
            "to_date",
            *SPLIT,
            "claimant_account",
            "tax_invoice_number",
        ),
    )
):  # type: ignore[misc]
    """A claim; an empty class of payees has nothing to get."""

    def clean(self) -> dict[str, Any]:
        """Read an empty amount as zero."""
        for name in SPLIT:
            if self.cleaned_data.get(name) is None:
                self.cleaned_data[name] = 0
        return self.cleaned_data


for _name in SPLIT:
    ProgressClaimForm.base_fields[_name].required = False


class ClaimItemForm(
    form_of(
        ClaimItem,
        (
            "code",
            "name",
            "unit",
            "contract_quantity",
            "previous_quantity",
            "quantity",
        ),
        LineForm,
    )
):  # type: ignore[misc]
    """One line of the sheet: only its quantity is typed, the rest names it.

    What is sent back of the other columns is shown again and never saved.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        shown = {}
        for name, form_field in self.fields.items():
            typed = self.data.get(self.add_prefix(name)) if self.is_bound else None
            shown[name] = self.initial.get(name) if typed is None else typed
            if name != "quantity":
                form_field.widget = forms.HiddenInput()
                form_field.required = name == "code"
        if shown["code"]:
            self.fields["quantity"].label = f"{shown['code']} {shown['name']} ({shown['unit']})"
            self.fields["quantity"].help_text = _(
                "Contract %(contract)s, certified before %(previous)s"
            ) % {
                "contract": short(shown["contract_quantity"]) or "–",
                "previous": short(shown["previous_quantity"]) or "–",
            }

    def clean(self) -> dict[str, Any]:
        """Read an empty quantity as none."""
        if self.cleaned_data.get("quantity") is None:
            self.cleaned_data["quantity"] = 0
        return self.cleaned_data


ClaimItemForm.base_fields["quantity"].required = False

CLAIM_LINES = (
    LineSpec(
        "items",
        gettext_lazy("quantity sheet"),
        ClaimItemForm,
        shown=("amount", "certified_amount"),
    ),
    LineSpec(
        "attachments",
        gettext_lazy("documents of the claim"),
        form_of(ClaimAttachment, ("document", "is_attached", "remark"), LineForm),
    ),
)

#: Added by whoever certifies.
CERTIFICATE_FILES = file_lines(
    "certificate_files", gettext_lazy("files of the certification"), ClaimCertificateFile
)

# -- Evaluations and penalties -----------------------------------------------------------------

EvaluationForm = form_of(
    Evaluation, ("contract", "stage", "evaluated_date", "summary", "evaluators")
)
EVALUATION_LINES = (
    LineSpec(
        "scores",
        gettext_lazy("scores"),
        form_of(EvaluationScore, ("area", "item", "most_points", "points", "evidence"), LineForm),
    ),
)
PenaltyForm = form_of(
    Penalty,
    (
        "firm",
        "engineer_role",
        "engineer_name",
        "points",
        "legal_ground",
        "violation_date",
        "description",
    ),
)
#: Added at the hearing and with an appeal.
STATEMENT_FILES = file_lines(
    "statement_files", gettext_lazy("statements of the firm"), PenaltyStatementFile
)
