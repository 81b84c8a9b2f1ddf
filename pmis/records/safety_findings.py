"""Safety findings and checklists as the generic pages see them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ccs.lib.formats import format_day, format_moment, format_number
from ccs.models import User
from ccs.templatetags.formats import city_zone, reader_language
from pmis.calendar import around
from pmis.filters import record_filter
from pmis.forms import safety as safety_forms
from pmis.forms.records import Values, line_indexes
from pmis.models import (
    Project,
    SafetyChecklist,
    SafetyFinding,
)
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
from pmis.safety_templates import OF_SEASON, items_of
from pmis.services import safety
from pmis.services.records import may_write
from pmis.services.safety import capital

Facts = list[tuple[Any, str]]
Question = Mapping[str, str]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def day_words(day: datetime.date | None) -> str:
    """Return a day in the reader's words, nothing for none."""
    return format_day(day, reader_language()) if day else ""


def moment_words(moment: datetime.datetime | None) -> str:
    """Return a moment in the reader's words, nothing for none."""
    return format_moment(moment, reader_language(), city_zone()) if moment else ""


# -- Findings -----------------------------------------------------------------------------------


def overdue_words(finding: SafetyFinding, today: datetime.date) -> str:
    """Return by how many days a finding is overdue, in words; nothing where it is not."""
    if not finding.is_overdue_on(today):
        return ""
    days = (today - finding.due_date).days
    return ngettext("%(count)s day overdue", "%(count)s days overdue", days) % {"count": days}


def age_words(finding: SafetyFinding, today: datetime.date) -> str:
    """Return for how many days a finding has been open."""
    days = finding.age_on(today)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def _finding_facts(finding: SafetyFinding) -> Facts:
    today = timezone.localdate()
    is_sent = finding.number is not None
    names = ("inspecting_body", "done_date", "closed_date", "stopped_at", "lifted_at")
    facts: Facts = [
        (gettext_lazy("Open for"), age_words(finding, today) if is_sent else ""),
        (gettext_lazy("Overdue"), overdue_words(finding, today)),
    ]
    for name in names:
        value = getattr(finding, name)
        words = moment_words(value) if isinstance(value, datetime.datetime) else value
        words = day_words(words) if isinstance(words, datetime.date) else str(words or "")
        facts.append((capital(finding._meta.get_field(name).verbose_name), words))
    if finding.reopened_count:
        label = capital(finding._meta.get_field("reopened_count").verbose_name)
        facts.append((label, format_number(finding.reopened_count, reader_language())))
    return facts


def _new_finding(_project: Project, _key: str) -> Prefill:
    today = timezone.localdate()
    values = {
        "severity": SafetyFinding.Severity.SERIOUS,
        "source": SafetyFinding.Source.PATROL,
        "found_date": today,
        "due_date": around(today).after(today, 1),
    }
    return Prefill(Values(values), "")


def _finding_of_item(project: Project, question: Question) -> Prefill | None:
    """Return what a finding starts with that is made from a failed item of a checklist."""
    checklists = SafetyChecklist.objects.filter(
        project=project, public_id=_uuid(question.get("checklist", ""))
    )
    checklist = checklists.order_by("-version_no").first()
    place = question.get("item", "")
    items = list(checklist.items.all()) if checklist else []
    if checklist is None or not place.isdecimal() or int(place) >= len(items):
        return None
    item = items[int(place)]
    prefill = _new_finding(project, "")
    hazard = f"{item.text}: {item.note}" if item.note else item.text
    prefill.values.fields |= {
        "hazard": hazard[:300],
        "place": checklist.place,
        "source": SafetyFinding.Source.CHECKLIST,
        "found_date": checklist.date,
        "work_item": checklist.work_item,
    }
    return Prefill(prefill.values, _("Taken from the checklist: %(item)s.") % {"item": item.text})


class SafetyFindingFilter(record_filter(SafetyFinding)):  # type: ignore[misc]
    """The usual filters, and what is open or overdue."""

    only = django_filters.ChoiceFilter(
        label=gettext_lazy("Only"),
        method="filter_only",
        choices=[
            ("open", gettext_lazy("open")),
            ("overdue", gettext_lazy("overdue")),
            ("done", gettext_lazy("to be verified")),
            ("stopped", gettext_lazy("work stopped")),
        ],
        empty_label=gettext_lazy("all"),
        widget=forms.Select(attrs={"class": "full"}),
    )

    class Meta:
        model = SafetyFinding
        fields: tuple[str, ...] = ()

    def filter_only(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep what is open, overdue, to be verified, or stopped."""
        if value == "open":
            return queryset.still_open()
        if value == "overdue":
            return queryset.overdue(timezone.localdate())
        return queryset.filter(state=value)


register(
    RecordType(
        model=SafetyFinding,
        slug="safety-findings",
        group=Group.SAFETY,
        form=safety_forms.FindingForm,
        lines=(safety_forms.FINDING_PHOTOS,),
        step_lines=(safety_forms.ACTION_PHOTOS, safety_forms.ACTION_FILES),
        sections=(
            Section("", safety_forms.FINDING_FIRST, ("photos",)),
            Section(gettext_lazy("More about it"), safety_forms.FINDING_MORE),
        ),
        columns=(
            Column(gettext_lazy("Hazard"), lambda finding: finding.hazard),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Severity"), lambda finding: finding.get_severity_display()),
            Column(gettext_lazy("Firm"), lambda finding: finding.organization or ""),
            Column(gettext_lazy("Found on"), lambda finding: finding.found_date, "day"),
            Column(gettext_lazy("Due"), lambda finding: finding.due_date, "day"),
        ),
        filters=SafetyFindingFilter,
        sorted_by="found_date",
        content_template="pmis/records/_safety_finding.html",
        form_template="pmis/records/_safety_finding_form.html",
        heading=None,
        prefill=_new_finding,
        start=_finding_of_item,
        send_step=safety.first_step,
        send_label=gettext_lazy("Send the finding"),
        check=safety.check_finding,
        select=("project", "organization", "author__organization", "inspecting_body"),
        prefetch=("photos__photo", "action_photos__photo", "action_files__file"),
        works_offline=True,
        more_facts=_finding_facts,
    )
)


# -- Checklists ---------------------------------------------------------------------------------


def _checklist_of(template: str) -> Prefill:
    period = SafetyChecklist.Period
    values = {
        "template": template,
        "period": period.SEASONAL if template in OF_SEASON else period.DAILY,
        "date": timezone.localdate(),
    }
    return Prefill(Values(values, {"items": [{"text": text} for text in items_of(template)]}), "")


def _start_checklist(_project: Project, question: Question) -> Prefill | None:
    template = question.get("template", "")
    return _checklist_of(template) if template in SafetyChecklist.Template.values else None


def take_lines(name: str, choice: str, texts: Any, _project: Project, data: Any) -> str:
    """Put the texts of the template that was chosen in place of the lines nobody answered."""
    for index in line_indexes(data, name):
        keys = [key for key in data if key.startswith(f"{name}-{index}-")]
        is_answered = any(data[key] for key in keys if not key.endswith(("-text", "-added")))
        for key in () if is_answered else keys:
            del data[key]
    kept = line_indexes(data, name)
    first = kept[-1] + 1 if kept else 0
    for place, text in enumerate(texts(data.get(choice, ""))):
        data[f"{name}-{first + place}-text"] = text
    return name


def _checklist_context(checklist: SafetyChecklist, user: User) -> Mapping[str, Any]:
    """Return the failed items, each with the finding made of it or the way to make one."""
    keys = {
        place: safety.derived_key(checklist.public_id, place)
        for place, item in enumerate(checklist.items.all())
        if item.result == safety.Result.FAIL
    }
    found = SafetyFinding.objects.filter(public_id__in=keys.values()).values_list(
        "public_id", flat=True
    )
    present = set(found)
    writes = may_write(user, checklist.project, SafetyFinding.record_type)
    items = list(checklist.items.all())
    failed = [
        {"text": items[place].text, "note": items[place].note, "url": url, "is_found": is_found}
        for place, key in keys.items()
        for is_found in (key in present,)
        for url in (_finding_url(checklist, place, key, is_found=is_found, writes=writes),)
    ]
    return {"failed": failed}


def _finding_url(
    checklist: SafetyChecklist, place: int, key: UUID, *, is_found: bool, writes: bool
) -> str:
    if is_found:
        return reverse("pmis:safety-finding-detail", args=[key])
    if not writes:
        return ""
    url = reverse("pmis:safety-finding-write", args=[checklist.project.public_id, key])
    return f"{url}?checklist={checklist.public_id}&item={place}"


def _checklist_warnings(checklist: SafetyChecklist) -> list[Warning]:
    answers = [item.result for item in checklist.items.all()]
    if answers and set(answers) == {safety.Result.NOT_APPLICABLE}:
        return [Warning("items", _("No item applies: is it the right list?"))]
    return []


register(
    RecordType(
        model=SafetyChecklist,
        slug="safety-checklists",
        group=Group.SAFETY,
        form=safety_forms.ChecklistForm,
        lines=(safety_forms.CHECKLIST_ITEMS,),
        columns=(
            Column(gettext_lazy("Date"), lambda checklist: checklist.date, "day"),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Form"), lambda checklist: checklist.get_template_display()),
            Column(gettext_lazy("How often"), lambda checklist: checklist.get_period_display()),
            Column(gettext_lazy("Score"), lambda checklist: checklist.score, "rate"),
        ),
        sorted_by="date",
        content_template="pmis/records/_safety_checklist.html",
        form_template="pmis/records/_safety_checklist_form.html",
        prefill=lambda _project, _key: _checklist_of(SafetyChecklist.Template.GENERAL),
        start=_start_checklist,
        buttons={"template_items": partial(take_lines, "items", "template", items_of)},
        check=safety.check_checklist,
        warnings=_checklist_warnings,
        may_batch=True,
        works_offline=True,
        more_facts=lambda checklist: [
            (
                gettext_lazy("Score"),
                ""
                if checklist.score is None
                else f"{format_number(checklist.score, reader_language(), 1)} %",
            ),
            (gettext_lazy("Inspecting body"), str(checklist.inspecting_body or "")),
        ],
        select=("project", "inspecting_body", "author__organization"),
        page_context=_checklist_context,
    )
)
