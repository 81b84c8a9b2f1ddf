"""Forms of signing in, as django-allauth asks for them."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ccs.auth.guard import code_key, count_attempt, forgive


class SignInForm(LoginForm):
    """Name or e-mail address and password; labels instead of placeholders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Name or e-mail address")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields.pop("remember", None)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class GuardedCode(forms.Form):
    """A one-time code, counted against guessing like a password."""

    def clean_code(self) -> str:
        """Count the attempt, compare the code, and forget the attempts when it is right."""
        counted = count_attempt([(code_key(self.user.pk), settings.SIGN_IN_LIMIT_PER_ACCOUNT)])
        code = super().clean_code()
        forgive(counted)
        return code


class CodeForm(GuardedCode, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(GuardedCode, ReauthenticateForm):
    """The same, before something that needs a fresh proof."""
