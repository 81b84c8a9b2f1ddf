"""Filters of the registers: form and address come from the same declaration."""

from __future__ import annotations

from functools import cache
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.models import Area
from pmis.models import DailyReport, Project, Record, RecordState, Schedule
from pmis.workflows import WORKFLOWS


def _day_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "full"})


def _box(**attrs: Any) -> forms.Select:
    return forms.Select(attrs={"class": "full", **attrs})


class DailyReportFilter(django_filters.FilterSet):
    """Filters of the register of daily reports."""

    q = django_filters.CharFilter(
        label=_("Project or work"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "class": "full"}),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RecordState.choices, empty_label=_("all"), widget=_box()
    )
    from_date = django_filters.DateFilter("date", "gte", label=_("From"), widget=_day_widget())
    to_date = django_filters.DateFilter("date", "lte", label=_("To"), widget=_day_widget())
    special = django_filters.ChoiceFilter(
        label=_("Only"),
        method="filter_special",
        choices=[
            ("late", _("submitted late")),
            ("timeout", _("approved by time-out")),
            ("corrected", _("corrected")),
        ],
        empty_label=_("all"),
        widget=_box(),
    )

    class Meta:
        model = DailyReport
        fields: tuple[str, ...] = ()

    def filter_text(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep reports whose project or work says `value`."""
        return queryset.filter(
            models.Q(project__name__icontains=value)
            | models.Q(project__code__iexact=value)
            | models.Q(work_summary__icontains=value)
        )

    def filter_special(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep late, timed-out or corrected reports."""
        kept = {
            "late": models.Q(is_late=True),
            "timeout": models.Q(approved_by_timeout=True),
            "corrected": models.Q(version_no__gt=1),
        }
        return queryset.filter(kept[value])


@cache
def record_filter(model: type[Record]) -> type[django_filters.FilterSet]:
    """Return the filters of the register of a record type: project, state, submitted from and to.

    The states offered are those that its workflow knows.
    """
    states = {RecordState.DRAFT: None}
    for row in WORKFLOWS[model.record_type]:
        states.update(dict.fromkeys((*row.from_, row.to)))
    choices = [(state, RecordState(state).label) for state in states]
    meta = type("Meta", (), {"model": model, "fields": ()})
    filters = {
        "q": django_filters.CharFilter(
            "project__name",
            "icontains",
            label=_("Project"),
            widget=forms.TextInput(attrs={"type": "search", "class": "full"}),
        ),
        "state": django_filters.ChoiceFilter(
            label=_("State"), choices=choices, empty_label=_("all"), widget=_box()
        ),
        "from_date": django_filters.DateFilter(
            "created_at__date", "gte", label=_("From"), widget=_day_widget()
        ),
        "to_date": django_filters.DateFilter(
            "created_at__date", "lte", label=_("To"), widget=_day_widget()
        ),
        "Meta": meta,
    }
    return type(f"{model.__name__}Filter", (django_filters.FilterSet,), filters)


class ScheduleFilter(django_filters.FilterSet):
    """Filters of the register of schedules."""

    q = django_filters.CharFilter(
        "project__name",
        "icontains",
        label=_("Project"),
        widget=forms.TextInput(attrs={"type": "search", "class": "full"}),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RecordState.choices, empty_label=_("all"), widget=_box()
    )

    class Meta:
        model = Schedule
        fields: tuple[str, ...] = ()


class ProjectFilter(django_filters.FilterSet):
    """Filters of the office's list of projects (administration mode: district, type, delay)."""

    q = django_filters.CharFilter(
        label=_("Name or code"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "class": "full"}),
    )
    area = django_filters.ModelChoiceFilter(
        label=_("Area"),
        queryset=lambda request: areas_to_choose(),
        to_field_name="code",
        method="filter_area",
        empty_label=_("all"),
        widget=_box(),
    )
    work_type = django_filters.ChoiceFilter(
        label=_("Type of work"),
        choices=Project.WorkType.choices,
        empty_label=_("all"),
        widget=_box(),
    )
    state = django_filters.ChoiceFilter(
        label=_("Status"), choices=Project.State.choices, empty_label=_("all"), widget=_box()
    )
    delay = django_filters.ChoiceFilter(
        label=_("Progress"),
        method="filter_delay",
        choices=[
            ("late", _("late")),
            ("watch", _("slipping")),
            ("ok", _("on plan")),
            ("unknown", _("not entered")),
        ],
        empty_label=_("all"),
        widget=_box(),
    )

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()

    def filter_text(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep projects whose name or code says `value`."""
        return queryset.filter(
            models.Q(name__icontains=value)
            | models.Q(name_en__icontains=value)
            | models.Q(code__iexact=value)
        )

    def filter_area(self, queryset: models.QuerySet, name: str, value: Area) -> models.QuerySet:
        """Keep projects in an area or below it."""
        return queryset.filter(
            models.Exists(
                Project.areas.through.objects.filter(
                    project=models.OuterRef("pk"), area__path__contains=[value.pk]
                )
            )
        )

    def filter_delay(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep projects by the verdict on their newest rates; the view annotates `variance`."""
        watch, late = self.request.variance_rules
        kept = {
            "late": models.Q(variance__lt=late),
            "watch": models.Q(variance__gte=late, variance__lt=watch),
            "ok": models.Q(variance__gte=watch),
            "unknown": models.Q(variance=None),
        }
        return queryset.filter(kept[value])


def areas_to_choose() -> models.QuerySet[Area]:
    """Return the areas a list is filtered by: districts, regions and provinces."""
    kinds = (Area.Kind.DISTRICT, Area.Kind.REGION, Area.Kind.PROVINCE)
    return Area.objects.filter(kind__in=kinds).only("id", "code", "names", "kind")
