"""Design changes and time extensions as the generic pages see them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_amount, format_day
from ccs.models import User
from ccs.templatetags.formats import reader_language
from pmis.forms import changes as forms
from pmis.forms.records import Values
from pmis.models import DesignChange, Letter, Project, TimeExtension
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
from pmis.services import contract_changes, evaluations
from pmis.services.progress_claims import construction_contract


def moved(before: str, after: str) -> str:
    """Return a value before and after."""
    return f"{before} → {after}" if before and after else before or after


def _start(project: Project, _key: str) -> Prefill:
    contract = construction_contract(project)
    return Prefill(Values({"contract": contract}), "")


def _money(amount: int | None, currency: str) -> str:
    return "" if amount is None else format_amount(amount, currency, reader_language())


def _change_facts(change: DesignChange) -> list[tuple[Any, str]]:
    language, currency = reader_language(), change.project.currency
    before, after = change.before_completion_date, change.after_completion_date
    rate = change.cumulative_rate
    return [
        (
            _("Amount before → after"),
            moved(_money(change.before_amount, currency), _money(change.after_amount, currency)),
        ),
        (
            _("Completion before → after"),
            moved(
                format_day(before, language) if before else "",
                format_day(after, language) if after else "",
            ),
        ),
        (_("Advisory committee"), _("needed") if change.needs_committee else ""),
        (
            _("Changes so far"),
            ""
            if change.change_count is None
            else _("%(count)s, %(rate)s %% of the original amount")
            % {"count": change.change_count, "rate": rate},
        ),
    ]


def _change_context(change: DesignChange, user: User) -> dict[str, Any]:
    return {
        "site_report": _site_report(change),
        "internal_facts": internal_facts(change, user, ("negotiation_note",)),
    }


def internal_facts(record: Any, user: User, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return fields that only the ordering body's side reads."""
    if not evaluations.reads_internals(user, record.project):
        return []
    return [
        (record._meta.get_field(name).verbose_name, getattr(record, name))
        for name in names
        if getattr(record, name)
    ]


def _site_report(change: DesignChange) -> Letter | None:
    """Return the site-condition report that a change names by its number."""
    if change.site_report_number is None:
        return None
    reports = Letter.objects.latest_versions().filter(
        project=change.project_id,
        kind=Letter.Kind.SITE_CONDITION,
        number=change.site_report_number,
    )
    return reports.first()


def _change_warnings(change: DesignChange) -> list[Warning]:
    found = []
    if change.contract is None:
        return found
    if change.site_report_number is None and change.requested_by == "contractor":
        sentence = _("No site-condition report is named.")
        found.append(Warning("id_site_report_number", sentence))
    earlier = contract_changes.earlier_changes(change).count()
    if earlier:
        sentence = _("It would be change No. %(number)s of this contract.")
        found.append(Warning("id_title", sentence % {"number": earlier + 1}))
    return found


register(
    RecordType(
        model=DesignChange,
        slug="design-changes",
        group=Group.CHANGES,
        form=forms.DesignChangeForm,
        lines=forms.DESIGN_CHANGE_LINES,
        columns=(
            Column(gettext_lazy("Design change"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Reason"), lambda row: row.get_reason_category_display()),
            Column(gettext_lazy("Amount before"), lambda row: row.before_amount, "amount"),
            Column(gettext_lazy("Amount after"), lambda row: row.after_amount, "amount"),
            Column(gettext_lazy("Completion after"), lambda row: row.after_completion_date, "day"),
            Column(gettext_lazy("Repeated"), lambda row: _("repeated") if row.is_repeated else ""),
        ),
        sections=(
            Section(
                gettext_lazy("What changes, and why"),
                (
                    "contract",
                    "title",
                    "requested_by",
                    "reason_category",
                    "description",
                    "site_report_number",
                    "drawings",
                ),
            ),
            Section(
                gettext_lazy("Quantity, amount and time"),
                ("after_completion_date",),
                ("quantity_lines",),
            ),
        ),
        content_template="pmis/records/_design_change.html",
        prefill=_start,
        check=contract_changes.check_design_change,
        warnings=_change_warnings,
        visible=evaluations.visible_to_price_roles,
        internal=frozenset({"negotiation_note"}),
        select=("project", "contract"),
        more_facts=_change_facts,
        page_context=_change_context,
    )
)

# -- Time extensions and suspensions -----------------------------------------------------------


def _extension_facts(extension: TimeExtension) -> list[tuple[Any, str]]:
    language = reader_language()
    before, after = extension.before_completion_date, extension.after_completion_date
    days = extension.non_working_days
    if days is None:
        days = contract_changes.non_working_reports(
            extension.project, extension.evidence_from_date, extension.evidence_to_date
        ).count()
    return [
        (
            _("Completion before → after"),
            moved(
                format_day(before, language) if before else "",
                format_day(after, language) if after else "",
            ),
        ),
        (_("Non-working days in the approved daily reports"), str(days) if days else ""),
        (
            _("Days approved"),
            str(extension.days_approved) if extension.days_approved is not None else "",
        ),
    ]


def _extension_warnings(extension: TimeExtension) -> list[Warning]:
    counted = contract_changes.non_working_reports(
        extension.project, extension.evidence_from_date, extension.evidence_to_date
    ).count()
    if extension.evidence_from_date and (extension.days_asked or 0) > counted:
        sentence = _("%(asked)s days are asked for; the daily reports prove %(counted)s.")
        values = {"asked": extension.days_asked, "counted": counted}
        return [Warning("id_days_asked", sentence % values)]
    return []


register(
    RecordType(
        model=TimeExtension,
        slug="time-extensions",
        group=Group.CHANGES,
        form=forms.TimeExtensionForm,
        step_lines=(forms.EVIDENCE_DAYS,),
        columns=(
            Column(gettext_lazy("Time extension or suspension"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Days asked for"), lambda row: row.days_asked, "number"),
            Column(gettext_lazy("Days approved"), lambda row: row.days_approved, "number"),
            Column(
                gettext_lazy("Completion before"), lambda row: row.before_completion_date, "day"
            ),
            Column(gettext_lazy("Completion after"), lambda row: row.after_completion_date, "day"),
        ),
        sections=(
            Section(
                gettext_lazy("What is asked for"), ("kind", "contract", "ground", "description")
            ),
            Section(
                gettext_lazy("Extension"),
                ("days_asked", "evidence_from_date", "evidence_to_date"),
            ),
            Section(
                gettext_lazy("Suspension"),
                ("suspended_from_date", "suspended_to_date", "cost_amount"),
            ),
        ),
        prefill=_start,
        check=contract_changes.check_time_extension,
        warnings=_extension_warnings,
        select=("project", "contract"),
        more_facts=_extension_facts,
    )
)
