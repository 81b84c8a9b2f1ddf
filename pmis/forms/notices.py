"""Forms of notices and of the messages that a person wants."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pmis.models import MessageChoice, Notice
from pmis.roles import Role
from pmis.services.notices import Audience


class NoticeForm(forms.ModelForm):
    """Title, text, and for whom."""

    audience = forms.ChoiceField(
        label=_("For whom"), widget=forms.Select(attrs={"class": "full"}), choices=()
    )
    roles = forms.MultipleChoiceField(
        label=_("Only these roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None picked: whatever their role."),
    )

    class Meta:
        model = Notice
        fields = ("title", "text")
        widgets = {
            "title": forms.TextInput(attrs={"class": "full"}),
            "text": forms.Textarea(attrs={"class": "full", "rows": 8}),
        }

    def __init__(self, *args: Any, audiences: list[Audience], **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        self.was: dict[str, str] = {}
        self.fields["audience"].choices = [("", ""), *((row.key, row.label) for row in audiences)]


class MessageForm(forms.ModelForm):
    """Which messages a person wants."""

    class Meta:
        model = MessageChoice
        fields = ("daily_mail", "escalation_sms")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        self.was: dict[str, str] = {}
