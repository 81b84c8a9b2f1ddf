"""Filters of a project's album."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from pmis.models import Photo, Project


def _day_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "full"})


def _box() -> forms.Select:
    return forms.Select(attrs={"class": "full"})


class AlbumFilter(django_filters.FilterSet):
    """Photos by activity, date, fixed point, before or after, hidden work."""

    activity = django_filters.CharFilter(
        lookup_expr="icontains",
        label=_("Activity"),
        widget=forms.TextInput(attrs={"type": "search", "class": "full"}),
    )
    from_date = django_filters.DateFilter(
        "taken_at__date", "gte", label=_("From"), widget=_day_widget()
    )
    to_date = django_filters.DateFilter(
        "taken_at__date", "lte", label=_("To"), widget=_day_widget()
    )
    series = django_filters.ChoiceFilter(
        label=_("Fixed point"), empty_label=_("all"), widget=_box()
    )
    category = django_filters.ChoiceFilter(
        label=_("Before, during or after"),
        choices=Photo.Category.choices,
        empty_label=_("all"),
        widget=_box(),
    )
    is_hidden_work = django_filters.ChoiceFilter(
        label=_("Hidden work"),
        choices=[("True", _("only hidden work"))],
        empty_label=_("all"),
        widget=_box(),
    )

    class Meta:
        model = Photo
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, project: Project, **options: Any) -> None:
        super().__init__(*args, **options)
        names = project.fixed_points.values_list("name", flat=True)
        self.form.fields["series"].choices = [("", _("all")), *((name, name) for name in names)]
