"""Forms of asking for an account, deciding on it, and of API keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization, Registration
from ccs.services.registrations import FIRM_KINDS, firm_with_number
from ccs.services.tokens import LONGEST_DAYS


class RegistrationForm(forms.Form):
    """What a firm's person tells the ordering body when asking for an account."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=150,
        help_text=_("You sign in with it. The decision is sent there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    firm_name = forms.CharField(
        label=_("Firm"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    registration_number = forms.CharField(
        label=_("Business number"),
        max_length=40,
        help_text=_("As on the business registration, such as 000-00-00000."),
    )
    ordering_body = forms.ModelChoiceField(
        label=_("Ordering body you work for"),
        queryset=Organization.objects.none(),
        empty_label=_("Choose"),
    )
    note = forms.CharField(
        label=_("Which project, and in which role? (optional)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ordering_body"].queryset = Organization.objects.filter(
            kind=Organization.Kind.ORDERING_BODY, is_active=True
        ).order_by("name")


class ApprovalForm(forms.Form):
    """To which firm the new person belongs."""

    organization = forms.ModelChoiceField(
        label=_("Firm in the directory"),
        queryset=Organization.objects.none(),
        required=False,
        empty_label=_("A new firm, as asked"),
    )
    kind = forms.ChoiceField(
        label=_("What a new firm is"),
        choices=[(kind.value, kind.label) for kind in FIRM_KINDS],
        required=False,
    )

    def __init__(self, *args: Any, registration: Registration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        firms = Organization.objects.filter(kind__in=FIRM_KINDS, is_active=True)
        same = firms.filter(name__iexact=registration.firm_name).values_list("pk", flat=True)
        known = firm_with_number(registration)
        likely = {*same, *([known.pk] if known else [])}
        self.fields["organization"].queryset = firms.filter(pk__in=likely).order_by("name")
        self.fields["organization"].initial = known


class RejectionForm(forms.Form):
    """Why an account is refused."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Sent to the person."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class TokenForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label=_("What the key is for"),
        max_length=100,
        help_text=_("Such as the name of the program that uses it."),
    )
    days = forms.IntegerField(
        label=_("Days until it ends"), min_value=1, max_value=LONGEST_DAYS, initial=90
    )
