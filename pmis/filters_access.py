"""Filters of the log of accesses to personal data."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models import PersonalDataAccess


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "full"}, format="%Y-%m-%d")


def _text() -> forms.TextInput:
    return forms.TextInput(attrs={"type": "search", "class": "full"})


class AccessFilter(django_filters.FilterSet):
    """Whose reading, of which project, from when to when."""

    person = django_filters.CharFilter(label=_("Person"), method="filter_person", widget=_text())
    project = django_filters.CharFilter(label=_("Project"), method="filter_project", widget=_text())
    since = django_filters.DateFilter(
        label=_("From"), field_name="at", lookup_expr="date__gte", widget=_day()
    )
    until = django_filters.DateFilter(
        label=_("To"), field_name="at", lookup_expr="date__lte", widget=_day()
    )

    class Meta:
        model = PersonalDataAccess
        fields: tuple[str, ...] = ()

    def filter_person(self, rows: models.QuerySet, _name: str, value: str) -> Any:
        """Keep what people of this name, or of this account, saw."""
        return rows.filter(
            models.Q(user__name__icontains=value) | models.Q(user__username__iexact=value)
        )

    def filter_project(self, rows: models.QuerySet, _name: str, value: str) -> Any:
        """Keep what was shown of projects of this name or code."""
        return rows.filter(
            models.Q(project__name__icontains=value) | models.Q(project__code__iexact=value)
        )
