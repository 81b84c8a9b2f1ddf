"""Forms of the officer: projects, people, contracts, amendments, guarantees, subcontracts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.models import Area, Organization, User
from pmis.forms.fields import PlainDecimalField, plain_number
from pmis.forms.records import LineForm, LineSpec, Offer, PlainForm, form_of
from pmis.models import (
    Contract,
    ContractAmendment,
    ContractParty,
    Guarantee,
    Participant,
    Project,
    ProjectBudget,
    Subcontract,
)
from pmis.services import contracts, participants, projects, subcontracts

CURRENCIES = ("KRW", "PHP", "USD", "EUR", "VND", "THB", "UAH", "UGX", "JOD", "TND")
#: A list of choices longer than this belongs into a search.
MOST_CHOICES = 5000


class AreasField(forms.MultipleChoiceField):
    """Neighborhoods and municipalities, grouped under the area above them."""

    def __init__(self, **options: Any) -> None:
        widget = forms.SelectMultiple(attrs={"class": "full", "size": 8})
        super().__init__(widget=widget, **options)
        self.areas: dict[str, Area] = {}

    def offer(self, areas: Iterable[Area]) -> None:
        """Offer areas by their codes."""
        self.areas = {area.code: area for area in areas}
        groups: dict[str, list[tuple[str, str]]] = {}
        for area in self.areas.values():
            above = area.parent.name if area.parent else ""
            groups.setdefault(above, []).append((area.code, area.name))
        self.choices = sorted(groups.items())

    def clean(self, value: Any) -> list[Area]:
        """Return the chosen areas."""
        return [self.areas[code] for code in super().clean(value)]


class ProjectForm(
    form_of(
        Project,
        [name for name in projects.FIELDS if name not in ("geometry", "longitude", "latitude")],
    )
):  # type: ignore[misc]
    """A project as the officer enters it."""

    areas = AreasField(label=gettext_lazy("Areas"), required=False)
    longitude = PlainDecimalField(
        label=gettext_lazy("Longitude of the site"), required=False, min_value=-180, max_value=180
    )
    latitude = PlainDecimalField(
        label=gettext_lazy("Latitude of the site"), required=False, min_value=-90, max_value=90
    )
    geometry = forms.CharField(
        label=gettext_lazy("Line or outline of the site (GeoJSON)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = (Area.Kind.NEIGHBORHOOD, Area.Kind.MUNICIPALITY, Area.Kind.DISTRICT)
        rows = Area.objects.filter(kind__in=kinds).select_related("parent")
        self.fields["areas"].offer(rows.defer("polygon", "map_path")[:MOST_CHOICES])
        self.fields["currency"] = forms.ChoiceField(
            label=_("Currency"),
            choices=[(code, code) for code in CURRENCIES],
            initial=settings.CURRENCY,
            help_text=_("ISO 4217 code."),
        )

    def clean_geometry(self) -> dict[str, Any] | None:
        """Read the GeoJSON of the site."""
        text = self.cleaned_data["geometry"].strip()
        if not text:
            return None
        try:
            found = json.loads(text)
        except ValueError as error:
            raise ValidationError(_("This is no GeoJSON: %(why)s") % {"why": error}) from error
        if not isinstance(found, dict):
            raise ValidationError(_("This is no GeoJSON geometry."))
        return found

    def clean(self) -> dict[str, Any]:
        """Give the coordinates as numbers of the kind that the model has."""
        for name in ("longitude", "latitude"):
            value = self.cleaned_data.get(name)
            self.cleaned_data[name] = None if value is None else float(value)
        return self.cleaned_data


BUDGET_LINES = (
    LineSpec(
        "budgets",
        gettext_lazy("budget"),
        form_of(ProjectBudget, ("year", "fund_source", "amount"), LineForm),
        blank=1,
    ),
)


def project_values(project: Project) -> dict[str, Any]:
    """Return the values of a project for its form."""
    values = {name: getattr(project, name) for name in projects.FIELDS}
    geometry = project.geometry
    values["geometry"] = json.dumps(geometry, ensure_ascii=False) if geometry else ""
    values["areas"] = [area.code for area in project.areas.all()]
    return values


def organizations(*kinds: str) -> dict[str, Organization]:
    """Return the active organizations of some kinds by their public ids."""
    rows = Organization.objects.filter(is_active=True, kind__in=kinds).order_by("name")
    return {str(row.public_id): row for row in rows[:MOST_CHOICES]}


def project_offer(currency: str) -> Offer:
    """Return the ordering bodies to choose from."""
    bodies = organizations(Organization.Kind.ORDERING_BODY)
    return Offer({Organization: bodies}, currency=currency)


# -- People -------------------------------------------------------------------------------------

ParticipantForm = form_of(Participant, participants.FIELDS)
SuccessorForm = form_of(
    Participant, [name for name in participants.FIELDS if name not in ("role", "valid_to")]
)
FIRM_KINDS = (
    Organization.Kind.ORDERING_BODY,
    Organization.Kind.CONTRACTOR,
    Organization.Kind.SUPERVISION_FIRM,
    Organization.Kind.DESIGNER,
    Organization.Kind.SUBCONTRACTOR,
    Organization.Kind.OVERSIGHT_BODY,
)


def participant_offer(project: Project) -> Offer:
    """Return organizations and people with accounts; people by their user names."""
    people = User.objects.filter(is_active=True).select_related("organization").order_by("name")
    return Offer(
        {
            Organization: organizations(*FIRM_KINDS),
            User: {person.username: person for person in people[:MOST_CHOICES]},
        },
        currency=project.currency,
    )


class DelegationForm(PlainForm):
    """Who stands in for a participant, from when to when."""

    to = forms.ChoiceField(label=gettext_lazy("Who stands in"))
    valid_from = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, people: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {person.username: person for person in people}
        choices = [(name, str(person)) for name, person in self.people.items()]
        self.fields["to"].choices = [("", ""), *choices]

    def clean_to(self) -> User:
        """Return the person."""
        return self.people[self.cleaned_data["to"]]


class DayForm(PlainForm):
    """A single day."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ModeForm(PlainForm):
    """Long-term or short-term mode, with the reason."""

    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=Project.Mode.choices)
    mode_reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3})
    )


# -- Contracts ----------------------------------------------------------------------------------

ContractForm = form_of(Contract, [name for name in contracts.CONTRACT_FIELDS if name != "currency"])
ContractForm.base_fields["advance_paid_amount"].required = False


def _no_advance(self: Any) -> dict[str, Any]:
    """Read an empty advance as none paid."""
    if self.cleaned_data.get("advance_paid_amount") is None:
        self.cleaned_data["advance_paid_amount"] = 0
    return self.cleaned_data


ContractForm.clean = _no_advance
PARTY_LINES = (
    LineSpec(
        "parties",
        gettext_lazy("joint venture member"),
        form_of(ContractParty, ("organization", "share", "is_lead"), LineForm),
    ),
)
GuaranteeForm = form_of(Guarantee, ("kind", "issuer", "amount", "expiry_date"))
AmendmentForm = form_of(
    ContractAmendment, ("kind", "date", "reason", "after_amount", "after_completion_date")
)
AmendmentForm.base_fields["after_amount"].required = False


class UnitPricesField(forms.CharField):
    """Unit prices, one a line: item and price, a tab or semicolon between."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "full", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """Show one price a line; typed text stays."""
        if isinstance(value, list):
            return "\n".join(f"{row.get('item', '')}; {row.get('price', '')}" for row in value)
        return value

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """Return the prices, in the currency's minor unit as they were typed."""
        rows = []
        for number, line in enumerate(super().clean(value).splitlines(), start=1):
            if not line.strip():
                continue
            item, mark, price = line.replace("\t", ";").rpartition(";")
            digits = plain_number(price.strip())
            if not mark or not item.strip() or not digits.isdecimal():
                raise ValidationError(
                    _("Line %(number)s: write the item, a semicolon and the price.")
                    % {"number": number}
                )
            rows.append({"item": item.strip(), "price": int(digits)})
        return rows


class SubcontractForm(
    form_of(
        Subcontract,
        [name for name in subcontracts.SUBCONTRACT_FIELDS if name != "unit_prices"],
    )
):  # type: ignore[misc]
    """A subcontract, lease or supply as the site agent enters it."""

    unit_prices = UnitPricesField(
        label=gettext_lazy("Unit prices"),
        required=False,
        help_text=gettext_lazy(
            "One a line: item; price. Only the firm itself, the contractor and auditors see them."
        ),
    )


SubcontractReviewForm = form_of(Subcontract, subcontracts.REVIEW_FIELDS)


def contract_offer(project: Project) -> Offer:
    """Return the firms that may hold a contract of the ordering body."""
    firms = organizations(
        Organization.Kind.CONTRACTOR,
        Organization.Kind.SUPERVISION_FIRM,
        Organization.Kind.DESIGNER,
    )
    return Offer({Organization: firms}, currency=project.currency)


def subcontract_offer(project: Project) -> Offer:
    """Return the firms that may hold a subcontract."""
    firms = organizations(
        Organization.Kind.SUBCONTRACTOR,
        Organization.Kind.CONTRACTOR,
        Organization.Kind.EQUIPMENT_LESSOR,
        Organization.Kind.SUPPLIER,
    )
    return Offer({Organization: firms}, currency=project.currency)
