"""Catch-up plans as the generic pages see them: one for each day they were demanded for."""

from __future__ import annotations

import datetime

from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day_long, format_rate
from ccs.templatetags.formats import reader_language
from pmis.forms.records import LineForm, LineSpec, form_of
from pmis.models import CatchUpMeasure, CatchUpPlan, Project
from pmis.records.types import PROJECT_COLUMN, Column, Group, RecordType, Section, register
from pmis.services import catch_up_plans


def _day_of(key: str) -> datetime.date:
    """Return the day of a key such as 2026-11-20; raise 404 for anything else."""
    try:
        day = parse_date(key) if len(key) == 10 else None
    except ValueError:
        day = None
    if day is None or day > timezone.localdate():
        raise Http404
    return day


def _next_day(project: Project) -> str:
    demand = catch_up_plans.owed_by(project)
    return (demand.demanded_date if demand else timezone.localdate()).isoformat()


def _facts(plan: CatchUpPlan) -> list[tuple[str, str]]:
    """Return what was demanded when, beside the fields of the form."""
    language = reader_language()
    facts = [(_("Demanded for"), format_day_long(plan.demanded_date, language))]
    if plan.due_date:
        facts.append((_("Due on"), format_day_long(plan.due_date, language)))
    if plan.planned_rate is not None and plan.actual_rate is not None:
        rates = _("planned %(planned)s, actual %(actual)s") % {
            "planned": format_rate(plan.planned_rate, language),
            "actual": format_rate(plan.actual_rate, language),
        }
        facts.append((_("Progress then"), rates))
    return facts


register(
    RecordType(
        model=CatchUpPlan,
        slug="catch-up-plans",
        group=Group.PROGRESS,
        form=form_of(CatchUpPlan, ("cause", "recovery_date", "effect", "extra_resources")),
        lines=(
            LineSpec(
                "measures",
                gettext_lazy("measures"),
                form_of(
                    CatchUpMeasure,
                    ("measure", "work_item_code", "start_date", "finish_date"),
                    LineForm,
                ),
                blank=2,
            ),
        ),
        columns=(
            Column(gettext_lazy("Demanded for"), lambda plan: plan.demanded_date, "day"),
            PROJECT_COLUMN,
            Column(gettext_lazy("Due on"), lambda plan: plan.due_date, "day"),
            Column(gettext_lazy("Planned"), lambda plan: plan.planned_rate, "rate"),
            Column(gettext_lazy("Actual"), lambda plan: plan.actual_rate, "rate"),
            Column(gettext_lazy("Back on plan by"), lambda plan: plan.recovery_date, "day"),
        ),
        sections=(
            Section(gettext_lazy("Why, and until when"), ("cause", "recovery_date", "effect")),
            Section(gettext_lazy("What is done"), ("extra_resources",), ("measures",)),
        ),
        sorted_by="demanded_date",
        find=lambda project, key: catch_up_plans.find_plan(project=project, day=_day_of(key)),
        open=lambda project, key, by: catch_up_plans.open_plan(
            project=project, day=_day_of(key), by=by
        ),
        heading=lambda _project, key: format_day_long(_day_of(key), reader_language()),
        key_of=lambda plan: plan.demanded_date.isoformat(),
        default_key=_next_day,
        check_key=lambda key: _day_of(key).isoformat(),
        check=catch_up_plans.check_complete,
        more_facts=_facts,
    )
)
