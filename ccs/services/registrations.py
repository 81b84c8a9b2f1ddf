"""Accounts that people ask for and the ordering body opens or refuses."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ccs.auth.links import set_password_path
from ccs.lib.extensions import admitted_bodies
from ccs.lib.workflow import TransitionNotAllowed
from ccs.models import Organization, Registration, User

#: What a firm may be; bodies of the city and banks are entered by the administrator.
FIRM_KINDS = (
    Organization.Kind.CONTRACTOR,
    Organization.Kind.SUPERVISION_FIRM,
    Organization.Kind.DESIGNER,
    Organization.Kind.SUBCONTRACTOR,
    Organization.Kind.EQUIPMENT_LESSOR,
    Organization.Kind.SUPPLIER,
)
#: Scheme of business numbers (org-id.guide), by country of the installation.
NUMBER_SCHEMES = {"KR": "KR-BRN", "PH": "PH-SEC"}


def waiting_registrations(user: User) -> QuerySet[Registration]:
    """Return the requests that `user` may decide on, the oldest first."""
    rows = Registration.objects.filter(state=Registration.State.REQUESTED)
    return _decidable(rows, user).select_related("user", "ordering_body").order_by("requested_at")


def visible_registrations(user: User) -> QuerySet[Registration]:
    """Return the requests, decided or not, of the bodies that `user` decides for."""
    rows = _decidable(Registration.objects.all(), user)
    return rows.select_related("user", "ordering_body", "decided_by")


def _decidable(rows: QuerySet[Registration], user: User) -> QuerySet[Registration]:
    if user.is_superuser or user.office_role == User.OfficeRole.ADMINISTRATOR:
        return rows
    return rows.filter(ordering_body__in=admitted_bodies(user))


def may_decide(registration: Registration, user: User) -> bool:
    """Return whether `user` may open or refuse this account."""
    return visible_registrations(user).filter(pk=registration.pk).exists()


@transaction.atomic
def request_account(
    *,
    name: str,
    email: str,
    firm_name: str,
    registration_number: str,
    ordering_body: Organization,
    note: str = "",
    language: str = "",
) -> Registration | None:
    """Take a request: a person who cannot sign in yet, and a row for the ordering body.

    Whoever asks is told the same, whether or not the address has an account already; its owner
    gets a mail then, and None is returned.
    """
    email = email.strip().lower()
    known = Q(email__iexact=email) | Q(username__iexact=email)
    person = User.objects.filter(known | Q(emailaddress__email__iexact=email)).first()
    if person is not None:
        _tell(person, "known")
        return None
    person = User(
        username=email, email=email, name=name.strip(), language=language, is_active=False
    )
    person.set_unusable_password()
    person.save()
    return Registration.objects.create(
        user=person,
        ordering_body=ordering_body,
        firm_name=firm_name.strip(),
        registration_number=registration_number.strip(),
        note=note.strip(),
    )


@transaction.atomic
def approve_registration(
    *,
    registration: Registration,
    by: User,
    organization: Organization | None = None,
    kind: str = Organization.Kind.CONTRACTOR,
) -> Registration:
    """Open the account: the person belongs to a firm and gets a mail to set a password.

    Without `organization`, the firm with the same business number is taken, else a new one of
    `kind` is entered.

    Raises:
        PermissionDenied: `by` does not decide for this ordering body.
        TransitionNotAllowed: the request is decided already.
    """
    registration = _locked(registration, by)
    person = registration.user
    person.organization = organization or _firm_of(registration, kind)
    person.is_active = True
    person.save(update_fields=["organization", "is_active"])
    EmailAddress.objects.get_or_create(
        user=person, email=person.email, defaults={"primary": True, "verified": False}
    )
    _decide(registration, Registration.State.APPROVED, by)
    _tell(person, "approved", link=set_password_path(person))
    return registration


@transaction.atomic
def reject_registration(*, registration: Registration, reason: str, by: User) -> Registration:
    """Refuse the account with a reason, which the person gets by mail.

    The address is freed, so that the person can ask again.

    Raises:
        ValidationError: there is no reason.
        PermissionDenied: `by` does not decide for this ordering body.
        TransitionNotAllowed: the request is decided already.
    """
    if not reason.strip():
        raise ValidationError({"reason": _("Say why: the reason is sent to the person.")})
    registration = _locked(registration, by)
    registration.reason = reason.strip()
    _decide(registration, Registration.State.REJECTED, by)
    person = registration.user
    _tell(person, "rejected", reason=registration.reason)
    person.username = f"rejected-{registration.pk}-{person.username}"[:150]
    person.email = ""
    person.save(update_fields=["username", "email"])
    return registration


def firm_with_number(registration: Registration) -> Organization | None:
    """Return the firm of the directory with the business number that was given, if any."""
    if not registration.registration_number:
        return None
    return Organization.objects.filter(
        registration_number=registration.registration_number, kind__in=FIRM_KINDS
    ).first()


def _locked(registration: Registration, by: User) -> Registration:
    row = (
        Registration.objects.select_for_update(of=("self",))
        .select_related("user")
        .get(pk=registration.pk)
    )
    if not may_decide(row, by):
        raise PermissionDenied(_("You do not decide on accounts of this ordering body."))
    if row.state != Registration.State.REQUESTED:
        raise TransitionNotAllowed(
            action="decide", state=row.state, needed=(Registration.State.REQUESTED,)
        )
    return row


def _decide(registration: Registration, state: str, by: User) -> None:
    registration.state = state
    registration.decided_by = by
    registration.decided_at = timezone.now()
    registration.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def _firm_of(registration: Registration, kind: str) -> Organization:
    if kind not in FIRM_KINDS:
        raise ValidationError({"kind": _("Choose what the firm is.")})
    known = firm_with_number(registration)
    if known is not None:
        return known
    number = registration.registration_number
    return Organization.objects.create(
        kind=kind,
        name=registration.firm_name,
        registration_scheme=NUMBER_SCHEMES.get(settings.COUNTRY, settings.COUNTRY)
        if number
        else "",
        registration_number=number,
    )


def _tell(person: User, what: str, *, link: str = "", reason: str = "") -> None:
    """Send the person a mail in their language once the transaction is committed.

    A mail server that is down never undoes the decision: the administrator sees the log.
    """
    with translation.override(person.language or settings.LANGUAGE_CODE):
        facts = {
            "person": person,
            "site": settings.SITE_NAME,
            "link": settings.SITE_URL + (link or reverse("account_login")),
            "reason": reason,
        }
        subject = render_to_string(f"account/mail/{what}_subject.txt", facts).strip()
        text = render_to_string(f"account/mail/{what}.txt", facts)
    address = person.email
    transaction.on_commit(lambda: send_mail(subject, text, None, [address]), robust=True)
