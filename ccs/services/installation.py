"""What an installation needs before its first day: an administrator, an ordering body, settings.

Everything here may be repeated: what exists is left as it is, and settings are written over.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from ccs.environment import read_settings_file
from ccs.models import Organization, User


@dataclass
class Answers:
    """What `./run setup` was told."""

    admin_email: str
    admin_password: str
    ordering_body: str
    #: Lines of `settings.env`: variable → value.
    settings: dict[str, str] = field(default_factory=dict)


def check_answers(answers: Answers) -> None:
    """Raise ValidationError, naming everything that cannot be right."""
    problems: list[str] = []
    try:
        validate_email(answers.admin_email)
    except ValidationError as error:
        problems += [f"CCS_ADMIN_EMAIL: {message}" for message in error.messages]
    if not answers.ordering_body.strip():
        problems.append(_("CCS_ORDERING_BODY: the ordering body needs a name."))
    if not find_person(answers.admin_email):
        try:
            validate_password(
                answers.admin_password,
                User(username=answers.admin_email, email=answers.admin_email),
            )
        except ValidationError as error:
            problems += [f"CCS_ADMIN_PASSWORD: {message}" for message in error.messages]
    currency = answers.settings.get("CCS_CURRENCY", "")
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        problems.append(_("CCS_CURRENCY: give the three letters of ISO 4217, such as KRW."))
    if problems:
        raise ValidationError(problems)


def find_person(email: str) -> User | None:
    """Return the person who signs in with `email`, whatever the case of its letters."""
    return User.objects.filter(username__iexact=email).first()


@transaction.atomic
def install(answers: Answers) -> tuple[User, Organization, bool]:
    """Make administrator and ordering body unless they exist.

    Returns both, and whether the administrator is new; an existing one keeps the password.
    """
    check_answers(answers)
    body, _made = Organization.objects.get_or_create(
        kind=Organization.Kind.ORDERING_BODY, name=answers.ordering_body.strip(), parent=None
    )
    if person := find_person(answers.admin_email):
        return person, body, False
    person = User.objects.create_superuser(
        username=answers.admin_email.lower(),
        email=answers.admin_email.lower(),
        password=answers.admin_password,
        name=_("Administrator"),
        organization=body,
        office_role=User.OfficeRole.ADMINISTRATOR,
    )
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return person, body, True


def write_settings(path: Path, values: dict[str, str]) -> None:
    """Write `values` into `settings.env`, keeping the lines that it does not name.

    The file may hold the password of the mail server and is readable by its owner only.
    """
    merged = read_settings_file(path) | {name: value for name, value in values.items() if value}
    for name, value in merged.items():
        if "\n" in value or "\r" in value:
            raise ValidationError(_("%(name)s must be one line.") % {"name": name})
    lines = ["# Written by ./run setup; the process environment wins over this file."]
    lines += [f"{name}={value}" for name, value in sorted(merged.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(path)
