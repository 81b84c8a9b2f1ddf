"""Progress claims as the generic pages see them."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_amount
from ccs.models import User
from ccs.templatetags.formats import reader_language
from pmis.forms import changes as forms
from pmis.forms.records import Values
from pmis.models import ProgressClaim, Project
from pmis.models.progress_claims import DEDUCTIONS, SPLIT
from pmis.records.types import (
    NUMBER_COLUMN,
    PROJECT_COLUMN,
    Column,
    Group,
    Prefill,
    RecordType,
    Section,
    Warning,
    register,
)
from pmis.services import evaluations, progress_claims


def _start(project: Project, _key: str) -> Prefill:
    """Begin with what the daily reports say was done since the last claim."""
    contract = progress_claims.construction_contract(project)
    last = ProgressClaim.objects.approved().filter(contract=contract).order_by("-to_date").first()
    fields = {
        "contract": contract,
        "from_date": last.to_date + datetime.timedelta(days=1)
        if last and last.to_date
        else contract and contract.start_date,
        "to_date": timezone.localdate(),
        "claimant_account": contract.contractor_account if contract else "",
    }
    lines = {
        "items": progress_claims.proposed_lines(project),
        "attachments": [{"document": name} for name in progress_claims.DOCUMENTS],
    }
    sentence = _("The quantities are those of the daily reports since the last claim.")
    return Prefill(Values(fields, lines), sentence)


def _facts(claim: ProgressClaim) -> list[tuple[Any, str]]:
    language, currency = reader_language(), claim.project.currency
    certified = claim.certified_amount is not None
    names = ("claimed_amount", "certified_amount", "cumulative_amount")
    shown = [*names, *(DEDUCTIONS if certified else ()), "payable_amount"]
    facts = []
    for name in shown:
        value = getattr(claim, name)
        if value is not None:
            label = claim._meta.get_field(name).verbose_name
            facts.append((label, format_amount(value, currency, language)))
    if claim.cumulative_rate is not None:
        label = claim._meta.get_field("cumulative_rate").verbose_name
        facts.append((label, f"{claim.cumulative_rate} %"))
    if claim.inspector_body:
        facts.append((_("Inspecting body"), str(claim.inspector_body)))
    return facts


def _context(claim: ProgressClaim, _user: User) -> dict[str, Any]:
    return {"sheet_rows": list(claim.items.all())}


def _warnings(claim: ProgressClaim) -> list[Warning]:
    missing = [row.document for row in claim.attachments.all() if not row.is_attached]
    if not missing:
        return []
    sentence = _("Not attached: %(documents)s.") % {"documents": ", ".join(missing)}
    return [Warning("attachments", sentence)]


register(
    RecordType(
        model=ProgressClaim,
        slug="progress-claims",
        group=Group.CHANGES,
        form=forms.ProgressClaimForm,
        lines=forms.CLAIM_LINES,
        step_lines=(forms.CERTIFICATE_FILES,),
        columns=(
            Column(gettext_lazy("Progress claim"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Claimed"), lambda row: row.claimed_amount, "amount"),
            Column(gettext_lazy("Certified"), lambda row: row.certified_amount, "amount"),
            Column(gettext_lazy("So far"), lambda row: row.cumulative_rate, "rate"),
            Column(gettext_lazy("To be paid"), lambda row: row.payable_amount, "amount"),
            Column(gettext_lazy("Paid on"), lambda row: row.paid_date, "day"),
        ),
        sections=(
            Section(gettext_lazy("Claim"), ("contract", "kind", "from_date", "to_date")),
            Section(gettext_lazy("What was done"), (), ("items",)),
            Section(gettext_lazy("For whom it is"), SPLIT),
            Section(
                gettext_lazy("Papers, account never public"),
                ("claimant_account", "tax_invoice_number"),
                ("attachments",),
            ),
        ),
        content_template="pmis/records/_progress_claim.html",
        prefill=_start,
        save=progress_claims.save_claim,
        check=progress_claims.check_claim,
        warnings=_warnings,
        visible=evaluations.visible_to_price_roles,
        select=("project", "contract"),
        more_facts=_facts,
        page_context=_context,
    )
)
