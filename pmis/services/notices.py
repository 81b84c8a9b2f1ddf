"""Notices: who writes to whom, who has read them, who has not."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.workflow import RoleNotAllowed
from ccs.models import Organization, RuleValue, User
from pmis.models import Delegation, Notice, NoticeReceipt, Participant, Project
from pmis.roles import Role

#: Who writes notices, beside the administrator.
WRITERS = (Role.OFFICER, Role.DEPARTMENT_HEAD)
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Audience:
    """For whom a notice is: a project, the people of a body, or everybody."""

    key: str
    label: str
    project: Project | None = None
    ordering_body: Organization | None = None


def audiences_of(user: User) -> list[Audience]:
    """Return to whom `user` may write: the own projects, the own bodies, or everybody."""
    held = _writing_roles(user).values("project")
    projects = list(Project.objects.filter(pk__in=held).order_by("name", "id"))
    kind = Organization.Kind.ORDERING_BODY
    bodies = Organization.objects.filter(kind=kind, is_active=True).order_by("name", "id")
    found = []
    if _is_administrator(user):
        found.append(Audience(EVERYBODY, _("Everybody")))
    else:
        bodies = bodies.filter(pk__in={project.ordering_body_id for project in projects})
    for body in bodies:
        label = _("Everybody who works for %(body)s") % {"body": body}
        found.append(Audience(f"body-{body.pk}", label, ordering_body=body))
    for project in projects:
        found.append(Audience(f"project-{project.public_id}", project.name, project=project))
    return found


def may_write_notices(user: User) -> bool:
    """Return whether `user` writes notices: officers, department heads, administrators."""
    return _is_administrator(user) or _writing_roles(user).exists()


@transaction.atomic
def write_notice(
    *, title: str, text: str, audience: str, roles: Iterable[str] = (), by: User
) -> Notice:
    """Write a notice to one of the audiences that `by` may write to, and publish it at once.

    Raises RoleNotAllowed, and ValidationError by field name.
    """
    if not may_write_notices(by):
        raise RoleNotAllowed(action="write", roles=[role.label for role in WRITERS])
    chosen = {row.key: row for row in audiences_of(by)}.get(audience)
    if chosen is None:
        raise ValidationError({"audience": _("Choose for whom the notice is.")})
    notice = Notice(
        author=by,
        title=title.strip(),
        text=text.strip(),
        project=chosen.project,
        ordering_body=chosen.ordering_body,
        roles=sorted(set(roles)),
    )
    notice.full_clean()
    notice.save()
    return notice


@transaction.atomic
def withdraw_notice(*, notice: Notice, by: User) -> Notice:
    """Take a notice back: nobody is asked to read it any more. Raises PermissionDenied."""
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.author_id != by.pk and not _is_administrator(by):
        raise PermissionDenied(_("Only who wrote a notice takes it back."))
    if notice.withdrawn_at is None:
        notice.withdrawn_at = timezone.now()
        notice.save(update_fields=["withdrawn_at"])
    return notice


def confirm_read(*, notice: Notice, by: User) -> NoticeReceipt:
    """Write down that `by` has read and understood a notice; a repeat changes nothing.

    Raises PermissionDenied where the notice is for others.
    """
    if not Notice.objects.addressed_to(by, timezone.localdate()).filter(pk=notice.pk).exists():
        raise PermissionDenied(_("This notice is for others."))
    receipt, _is_new = NoticeReceipt.objects.get_or_create(notice=notice, user=by)
    return receipt


def visible_notices(user: User) -> models.QuerySet[Notice]:
    """Return the notices that `user` may open: addressed to them, or written by them.

    Administrators and auditors open all of them.
    """
    if _is_administrator(user) or user.office_role == User.OfficeRole.AUDITOR:
        return Notice.objects.all()
    addressed = Notice.objects.addressed_to(user, timezone.localdate())
    return Notice.objects.filter(models.Q(author=user) | models.Q(pk__in=addressed.values("pk")))


def may_see_readers(user: User, notice: Notice) -> bool:
    """Return whether `user` sees who has read a notice."""
    is_auditor = user.office_role == User.OfficeRole.AUDITOR
    return notice.author_id == user.pk or is_auditor or _is_administrator(user)


def recipients_of(notice: Notice) -> models.QuerySet[User]:
    """Return the people whom a notice reaches today, delegates included, by name."""
    day = timezone.localdate()
    held = Participant.objects.on(day).filter(project__is_training=False)
    if notice.project_id:
        held = held.filter(project=notice.project_id)
    elif notice.ordering_body_id:
        held = held.filter(project__ordering_body=notice.ordering_body_id)
    if notice.roles:
        held = held.filter(role__in=notice.roles)
    absent = Delegation.objects.filter(participant__in=held, valid_from__lte=day, valid_to__gte=day)
    reached = models.Q(pk__in=held.values("user")) | models.Q(pk__in=absent.values("delegate"))
    if not notice.roles and notice.project_id is None:
        body = notice.ordering_body_id
        reached |= models.Q(organization=body) if body else models.Q(pk__isnull=False)
    people = User.objects.filter(reached, is_active=True).exclude(pk=notice.author_id)
    return people.select_related("organization").order_by("name", "id")


def unread_notices(user: User) -> list[Notice]:
    """Return the notices that wait for the receipt of `user`, the oldest first."""
    rows = Notice.objects.unread_by(user, timezone.localdate())
    return list(rows.select_related("author", "project").order_by("published_at")[:20])


def reminders_for(user: User, today: datetime.date) -> list[Notice]:
    """Return the notices that `user` has left unread for longer than the dated rule allows."""
    days = int(RuleValue.objects.on(RuleValue.Key.NOTICE_REMINDER_DAYS, today))
    until = today - datetime.timedelta(days=days)
    rows = Notice.objects.unread_by(user, today).filter(published_at__date__lte=until)
    return list(rows.order_by("published_at")[:20])


def _writing_roles(user: User) -> models.QuerySet[Participant]:
    held = Participant.objects.acting_for(user, timezone.localdate())
    return held.filter(role__in=WRITERS, project__is_training=False)


def _is_administrator(user: User) -> bool:
    return user.is_superuser or user.office_role == User.OfficeRole.ADMINISTRATOR
