"""Permits, meetings, education and accidents as the generic pages see them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day_long
from ccs.models import User
from ccs.templatetags.formats import city_zone, reader_language
from pmis.forms import safety as safety_forms
from pmis.forms.records import Values
from pmis.models import Accident, DailyReport, Participant, Project, SafetyActivity, WorkPermit
from pmis.records.safety_findings import day_words, moment_words, take_lines
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
from pmis.roles import CONTRACTOR_ROLES, Role
from pmis.safety_templates import precautions_of
from pmis.services import safety

Question = Mapping[str, str]
Facts = list[tuple[Any, str]]

#: Hours of a working day, for the time of a permit.
DAY_BEGINS, DAY_ENDS = datetime.time(8), datetime.time(18)
#: Reports as old as this are still asked for a toolbox meeting or an accident.
NEWEST_DAYS = 30


# -- Permits ------------------------------------------------------------------------------------


def _permit_of(kind: str) -> Prefill:
    now = timezone.localtime()
    end = now.replace(hour=DAY_ENDS.hour, minute=0, second=0, microsecond=0)
    start = now.replace(hour=DAY_BEGINS.hour, minute=0, second=0, microsecond=0)
    if now >= end:
        start, end = start + datetime.timedelta(days=1), end + datetime.timedelta(days=1)
    values = {"kind": kind, "valid_from": max(start, now.replace(second=0, microsecond=0))}
    lines = {"precautions": [{"text": text} for text in precautions_of(kind)]}
    return Prefill(Values({**values, "valid_until": end}, lines), "")


def _start_permit(_project: Project, question: Question) -> Prefill | None:
    kind = question.get("kind", "")
    return _permit_of(kind) if kind in WorkPermit.Kind.values else None


def _permit_warnings(permit: WorkPermit) -> list[Warning]:
    found = []
    if permit.valid_from and permit.valid_until:
        if permit.valid_until - permit.valid_from > safety.LONGEST_PERMIT:
            found.append(
                Warning("id_valid_until", _("The permit is longer than a day; give one for each."))
            )
        if permit.valid_until <= timezone.now():
            found.append(Warning("id_valid_until", _("The time of this permit is over already.")))
    return [*found, *(Warning("id_valid_from", text) for text in overlap_sentences(permit))]


def overlap_sentences(permit: WorkPermit) -> list[str]:
    """Return a sentence for each permit in force that clashes with this one."""
    found = []
    for other, how in safety.overlaps_of(permit):
        sentence = _("Same place as permit No. %(number)s (%(kind)s, %(place)s), until %(until)s.")
        if how == "kind":
            sentence = _(
                "Dangerous with permit No. %(number)s (%(kind)s, %(place)s), until %(until)s."
            )
        found.append(
            sentence
            % {
                "number": other.number,
                "kind": other.get_kind_display(),
                "place": other.place,
                "until": moment_words(other.valid_until),
            }
        )
    return found


def permit_words(permit: WorkPermit, now: datetime.datetime) -> str:
    """Return whether somebody may work under a permit now, in words."""
    if permit.is_valid_at(now):
        return _("valid now")
    if permit.is_expired_at(now):
        return _("expired, not closed yet")
    if permit.state == "approved":
        return _("not valid yet")
    return ""


def _permit_facts(permit: WorkPermit) -> Facts:
    return [
        (gettext_lazy("Now"), permit_words(permit, timezone.now())),
        (gettext_lazy("Closed at"), moment_words(permit.closed_at)),
    ]


register(
    RecordType(
        model=WorkPermit,
        slug="work-permits",
        group=Group.SAFETY,
        form=safety_forms.PermitForm,
        lines=(safety_forms.PRECAUTIONS,),
        columns=(
            Column(gettext_lazy("Kind"), lambda permit: permit.get_kind_display()),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Place"), lambda permit: permit.place),
            Column(gettext_lazy("Valid from"), lambda permit: moment_words(permit.valid_from)),
            Column(gettext_lazy("Valid until"), lambda permit: moment_words(permit.valid_until)),
            Column(gettext_lazy("Now"), lambda permit: permit_words(permit, timezone.now())),
        ),
        content_template="pmis/records/_work_permit.html",
        form_template="pmis/records/_work_permit_form.html",
        prefill=lambda _project, _key: _permit_of(WorkPermit.Kind.HOT_WORK),
        start=_start_permit,
        buttons={"kind_precautions": partial(take_lines, "precautions", "kind", precautions_of)},
        check=safety.check_permit,
        warnings=_permit_warnings,
        more_facts=_permit_facts,
        page_context=lambda permit, _user: {"overlaps": overlap_sentences(permit)},
    )
)


# -- Meetings and education ---------------------------------------------------------------------


def _newest_report(project: Project, **wanted: Any) -> DailyReport | None:
    since = timezone.localdate() - datetime.timedelta(days=NEWEST_DAYS)
    reports = DailyReport.objects.latest_versions().filter(
        project=project, date__gte=since, **wanted
    )
    return reports.order_by("-date").first()


def _new_activity(project: Project, _key: str) -> Prefill:
    """Return today's meeting as the daily report tells it: one entry feeds both."""
    today = timezone.localdate()
    values: dict[str, Any] = {"kind": SafetyActivity.Kind.TOOLBOX, "date": today}
    report = _newest_report(project, toolbox_held=True)
    if report is None or report.date != today:
        return Prefill(Values(values), "")
    values |= {
        "start_time": report.toolbox_time,
        "topic": report.toolbox_topic,
        "attendance_count": report.toolbox_attendance,
    }
    day = format_day_long(report.date, reader_language())
    return Prefill(Values(values), _("Taken from the daily report of %(day)s.") % {"day": day})


register(
    RecordType(
        model=SafetyActivity,
        slug="safety-activities",
        group=Group.SAFETY,
        form=safety_forms.ActivityForm,
        lines=(safety_forms.ACTIVITY_PHOTOS,),
        columns=(
            Column(gettext_lazy("Date"), lambda activity: activity.date, "day"),
            PROJECT_COLUMN,
            Column(gettext_lazy("Kind"), lambda activity: activity.get_kind_display()),
            Column(gettext_lazy("Topic"), lambda activity: activity.topic),
            Column(gettext_lazy("People"), lambda activity: activity.attendance_count, "number"),
        ),
        sorted_by="date",
        prefill=_new_activity,
        check=safety.check_activity,
        works_offline=True,
    )
)


# -- Accidents ----------------------------------------------------------------------------------


def accident_of_report(report: DailyReport) -> UUID:
    """Return the key of the accident that a daily report tells of: always the same."""
    return safety.derived_key(report.public_id, "accident")


def _accident_prefill(report: DailyReport | None) -> Prefill | None:
    if report is None:
        return None
    noon = datetime.datetime.combine(report.date, datetime.time(12), city_zone())
    values = {"occurred_at": min(noon, timezone.now()), "account": report.accident_note}
    day = format_day_long(report.date, reader_language())
    return Prefill(Values(values), _("Taken from the daily report of %(day)s.") % {"day": day})


def _accident_of_key(project: Project, key: str) -> Prefill:
    since = timezone.localdate() - datetime.timedelta(days=NEWEST_DAYS)
    reports = DailyReport.objects.latest_versions().filter(
        project=project, date__gte=since, had_accident=True
    )
    told = next((one for one in reports if str(accident_of_report(one)) == key), None)
    return _accident_prefill(told) or Prefill(Values({"occurred_at": timezone.now()}), "")


def _accident_warnings(accident: Accident) -> list[Warning]:
    if not safety.must_be_notified(accident):
        return []
    sentence = _("Somebody was hurt: inform the authority at once and write down when.")
    return [Warning("id_authority_reported_at", sentence)]


def _without_bystanders(accidents: models.QuerySet, user: User) -> models.QuerySet:
    """Keep accidents of projects where the person is no bystander.

    SECURITY: the report says who was hurt and what witnesses said (G6). Other firms on the site,
    the designer and joint members see what the public sees.
    """
    if user.sees_all_projects:
        return accidents
    bystanders = {*CONTRACTOR_ROLES, Role.DESIGNER} - {Role.SITE_AGENT, Role.ENGINEER}
    held = Participant.objects.acting_for(user, timezone.localdate())
    held = held.filter(project=models.OuterRef("project")).exclude(role__in=bystanders)
    return accidents.filter(models.Exists(held))


register(
    RecordType(
        model=Accident,
        slug="accidents",
        group=Group.SAFETY,
        form=safety_forms.AccidentForm,
        lines=(safety_forms.ACCIDENT_PHOTOS,),
        sections=(
            Section(
                gettext_lazy("What happened"),
                (
                    "is_near_miss",
                    "kind",
                    "occurred_at",
                    "place",
                    "work_item",
                    "injured_count",
                    "fatal_count",
                    "has_stoppage",
                    "stoppage_scope",
                    "account",
                ),
                ("photos",),
            ),
            Section(
                gettext_lazy("Notice to the authority"), ("authority", "authority_reported_at")
            ),
            Section(
                gettext_lazy("Never public"),
                ("victim_details", "witness_statements", "preliminary_cause"),
            ),
        ),
        columns=(
            Column(gettext_lazy("Kind"), lambda accident: accident.get_kind_display()),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Date and time"), lambda row: moment_words(row.occurred_at)),
            Column(gettext_lazy("Near miss"), lambda row: _("yes") if row.is_near_miss else ""),
            Column(gettext_lazy("Injured"), lambda accident: accident.injured_count, "number"),
            Column(gettext_lazy("Dead"), lambda accident: accident.fatal_count, "number"),
        ),
        sorted_by="occurred_at",
        content_template="pmis/records/_accident.html",
        prefill=_accident_of_key,
        check=safety.check_accident,
        warnings=_accident_warnings,
        visible=_without_bystanders,
        more_facts=lambda accident: [(gettext_lazy("Closed on"), day_words(accident.closed_date))],
        page_context=lambda accident, _user: {
            "must_be_notified": safety.must_be_notified(accident)
        },
    )
)
