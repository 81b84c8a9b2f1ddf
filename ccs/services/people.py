"""People: shut out and let in again."""

from __future__ import annotations

from importlib import import_module

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import AccessToken, User


@transaction.atomic
def disable_person(*, person: User, by: User) -> User:
    """Shut a person out: no sign-in, no session, no key from this moment on.

    Raises:
        ValidationError: people cannot shut themselves out.
    """
    if person.pk == by.pk:
        raise ValidationError(_("You cannot disable your own account."))
    person = User.objects.select_for_update().get(pk=person.pk)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(person=person)
    AccessToken.objects.filter(user=person, revoked_at=None).update(revoked_at=timezone.now())
    return person


@transaction.atomic
def enable_person(*, person: User, by: User) -> User:
    """Let a person in again. Keys stay revoked; the person makes new ones."""
    person = User.objects.select_for_update().get(pk=person.pk)
    person.is_active = True
    person.save(update_fields=["is_active"])
    return person


def end_sessions(*, person: User) -> int:
    """End every session of a person and return how many there were.

    Sessions that the list does not know (made outside the sign-in page) are found by reading
    the sessions still in force.
    """
    keys = set(UserSession.objects.filter(user=person).values_list("session_key", flat=True))
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            keys.add(session.session_key)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        store.delete(key)
    UserSession.objects.filter(user=person).delete()
    return len(keys)


@transaction.atomic
def remove_second_factors(*, person: User, by: User) -> int:
    """Take away authenticator app, passkeys and recovery codes of someone who lost them.

    Every session of the person ends. Returns how many there were.
    """
    removed, _by_model = Authenticator.objects.filter(user=person).delete()
    end_sessions(person=person)
    return removed
