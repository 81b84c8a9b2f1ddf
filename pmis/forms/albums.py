"""The forms of fixed points and of what is said about a photo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from pmis.forms.fields import field_for
from pmis.models import FixedPoint, Photo

POINT_FIELDS = ("name", "longitude", "latitude", "direction")
PHOTO_FIELDS = ("title", "caption", "activity", "place", "category", "is_hidden_work", "video_url")


def _full(form: forms.Form) -> None:
    for field in form.fields.values():
        if not isinstance(field.widget, forms.CheckboxInput):
            field.widget.attrs.setdefault("class", "full")


class FixedPointForm(forms.Form):
    """A new fixed point."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        fields = fields_for_model(FixedPoint, POINT_FIELDS, formfield_callback=field_for)
        self.fields.update({name: field for name, field in fields.items() if field})
        _full(self)


class PhotoForm(forms.Form):
    """What is said about a photo, with the fixed points of its project."""

    def __init__(self, *args: Any, points: list[str], **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        fields = fields_for_model(Photo, PHOTO_FIELDS, formfield_callback=field_for)
        self.fields.update({name: field for name, field in fields.items() if field})
        choices = [("", _("none")), *((name, name) for name in points)]
        self.fields["series"] = forms.ChoiceField(
            label=_("Fixed point"), choices=choices, required=False
        )
        _full(self)
