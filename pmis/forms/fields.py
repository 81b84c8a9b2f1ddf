"""Form fields for thumbs in the rain: lenient numbers, choices loaded once, plain widgets."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import major_units

#: What people type between digits: commas, spaces, the full-width comma and no-break space.
_SEPARATORS = str.maketrans(dict.fromkeys(",，'\xa0\u202f "))
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－−", "0123456789.--")


def plain_number(value: Any) -> Any:
    """Return typed text as a number is written in code: 1,200 and １２００ are 1200."""
    if isinstance(value, str):
        return value.translate(_FULL_WIDTH).translate(_SEPARATORS)
    return value


class PlainDecimalField(forms.DecimalField):
    """A decimal number typed by hand."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:
        """Return the number without the separators that people type."""
        return super().to_python(plain_number(value))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones for the number keys."""
        return {"inputmode": "decimal"}

    def prepare_value(self, value: Any) -> Any:
        """Show 4.2 and not 4.200."""
        return short(value)


class PlainIntegerField(forms.IntegerField):
    """A whole number typed by hand."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        """Return the number without the separators that people type."""
        return super().to_python(plain_number(value))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones for the number keys."""
        return {"inputmode": "numeric"}


class RowChoiceField(forms.ChoiceField):
    """A choice among rows that the page loads once; its values are public keys, never ids."""

    def __init__(self, *, model: type[models.Model], **options: Any) -> None:
        self.model = model
        self.rows: dict[str, models.Model] = {}
        super().__init__(**options)

    def offer(self, rows: Mapping[str, models.Model]) -> None:
        """Offer `rows` by their public keys."""
        self.rows = dict(rows)
        self.choices = [("", ""), *((key, str(row)) for key, row in self.rows.items())]

    def prepare_value(self, value: Any) -> Any:
        """Show a row by its key."""
        if isinstance(value, models.Model):
            return next((key for key, row in self.rows.items() if row.pk == value.pk), "")
        return "" if value is None else str(value)

    def clean(self, value: Any) -> models.Model | None:
        """Return the chosen row, None for none."""
        key = super().clean(value)
        return self.rows.get(key) if key else None


class MoneyField(PlainDecimalField):
    """An amount typed in the main unit of a currency; the value is an integer of minor units."""

    def __init__(self, **options: Any) -> None:
        options.pop("max_value", None)
        super().__init__(**{**options, "min_value": 0, "max_digits": 20})
        self.currency = "KRW"

    def prepare_value(self, value: Any) -> Any:
        """Show minor units in the main unit; text stays as it was typed."""
        return short(from_minor(value, self.currency)) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        """Return the amount in minor units."""
        return to_minor(super().clean(value), self.currency)


def short(value: Any) -> Any:
    """Return a decimal without trailing zeros, anything else as it is."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value


def to_minor(value: Decimal | None, currency: str) -> int | None:
    """Return an amount in minor units; raise ValidationError where it has too many decimals."""
    if value is None:
        return None
    minor = value.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value():
        raise ValidationError(
            _("%(currency)s has %(places)s decimal places.")
            % {"currency": currency, "places": get_currency_precision(currency)}
        )
    return int(minor)


def from_minor(value: int | None, currency: str) -> Decimal | None:
    """Return an amount of minor units in the main unit, for a form."""
    return None if value is None else major_units(value, currency)


def field_for(field: models.Field, **options: Any) -> forms.Field | None:
    """Return the form field of a model field, as a phone in the rain needs it."""
    match field:
        case models.ForeignKey():
            return RowChoiceField(
                model=field.related_model,
                label=options.get("label", _label(field)),
                required=not field.blank,
                help_text=field.help_text,
            )
        case models.DecimalField():
            return field.formfield(form_class=PlainDecimalField, **options)
        case models.BooleanField():
            return field.formfield(**options)
        case models.BigIntegerField() if field.name.endswith("amount"):
            return field.formfield(form_class=MoneyField, **options)
        case models.BigIntegerField() | models.IntegerField() if not field.choices:
            return field.formfield(form_class=PlainIntegerField, **options)
        case models.DateTimeField():
            attrs = {"type": "datetime-local"}
            widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%dT%H:%M")
            return field.formfield(widget=widget, **options)
        case models.DateField():
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return field.formfield(widget=widget, **options)
        case models.TimeField():
            widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            return field.formfield(widget=widget, **options)
        case models.URLField():
            return field.formfield(assume_scheme="https", **options)
        case models.TextField():
            widget = forms.Textarea(attrs={"rows": 3, "class": "full"})
            return field.formfield(widget=widget, **options)
    return field.formfield(**options)


def _label(field: models.Field) -> Any:
    if field.remote_field and field.verbose_name == field.name.replace("_", " "):
        return RELATED_LABELS.get(field.name, field.verbose_name)
    return field.verbose_name


#: Names of relations as a person calls them.
RELATED_LABELS = {
    "work_item": gettext_lazy("work item"),
    "organization": gettext_lazy("firm"),
    "photo": gettext_lazy("photo"),
}
