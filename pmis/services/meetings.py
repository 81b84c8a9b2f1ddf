"""Rules of minutes: who signs, what is carried over, and action items until they are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import DueItem, register_due_items
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.models import (
    ActionItem,
    CarriedItem,
    Meeting,
    MeetingAttendee,
    Participant,
    Project,
    RecordState,
)
from pmis.roles import Role
from pmis.services.approvals import EFFECTS, Effects, available_actions, open_approval, perform
from pmis.services.contents import Lines
from pmis.services.records import save_record
from pmis.services.roles import roles_of

State = RecordState
#: More open items than any meeting talks about.
MOST_CARRIED = 100


# -- Writing -------------------------------------------------------------------------------------


@transaction.atomic
def save_meeting(
    *,
    record: Meeting,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> Meeting:
    """Save minutes in work, and fill in what follows from the rows that were chosen.

    Raises as `save_record` does.
    """
    meeting = save_record(record=record, fields=fields, lines=lines, by=by, revision=revision)
    _fill_in(meeting)
    return meeting


def _fill_in(meeting: Meeting) -> None:
    """Write bodies of attendees, firms of owners and ages of carried items into their lines."""
    people = list(meeting.attendees.select_related("participant__organization"))
    for line in people:
        if line.participant is not None:
            line.body = line.participant.organization.name
            line.role = line.role or Role(line.participant.role).label
            line.name = line.name or line.participant.name
    MeetingAttendee.objects.bulk_update(people, ["body", "role", "name"])
    items = list(meeting.action_items.select_related("owner"))
    for item in items:
        item.organization_id = item.owner.organization_id
    ActionItem.objects.bulk_update(items, ["organization"])
    carried = list(meeting.carried_items.all())
    for line in carried:
        age = (meeting.date - line.raised_date).days if meeting.date else 0
        line.age_days = max(0, age)
    CarriedItem.objects.bulk_update(carried, ["age_days"])


def check_complete(meeting: Meeting) -> None:
    """Raise ValidationError by field name for everything that keeps minutes from being signed."""
    errors: dict[str, str] = {}
    if meeting.date is None:
        errors["date"] = _("The day of the meeting is missing.")
    elif meeting.date > timezone.localdate():
        errors["date"] = _("The meeting lies in the future.")
    if not meeting.agenda.strip():
        errors["agenda"] = _("The agenda is missing.")
    if not meeting.decisions.strip() and not meeting.action_items.exists():
        errors["decisions"] = _("Write what was decided.")
    if not meeting.attendees.exists():
        errors["attendees"] = _("Say who was there.")
    if errors:
        raise ValidationError(errors)


def meeting_before(project: Project, kind: str) -> Meeting | None:
    """Return the newest minutes of a kind that are in force."""
    rows = Meeting.objects.approved().filter(project=project, kind=kind)
    return rows.order_by("-date", "-id").first()


# -- Action items --------------------------------------------------------------------------------


def open_items(project: Project, kind: str = "") -> models.QuerySet[ActionItem]:
    """Return the action items of a project that are not done, the oldest first."""
    rows = ActionItem.objects.filter(
        meeting__project=project, meeting__state=State.OPEN, done_date=None
    )
    if kind:
        rows = rows.filter(meeting__kind=kind)
    rows = rows.select_related("meeting", "owner__organization", "organization")
    return rows.order_by("due_date", "id")


def carried_rows(project: Project, kind: str) -> list[dict[str, Any]]:
    """Return what is open from earlier meetings of a kind, as lines of the next minutes."""
    return [
        {
            "task": item.task,
            "owner": item.owner.organization.name,
            "raised_date": item.meeting.date,
            "due_date": item.due_date,
            "remark": "",
        }
        for item in open_items(project, kind)[:MOST_CARRIED]
    ]


def may_follow(user: User, item: ActionItem, roles: Mapping[str, Any]) -> bool:
    """Return whether a person may say that an item is done: its owner's firm, or who watches."""
    if {Role.SUPERVISOR, Role.OFFICER} & set(roles):
        return True
    return user.organization_id == item.owner.organization_id or user.pk == item.owner.user_id


@transaction.atomic
def finish_item(*, item: ActionItem, note: str, by: User) -> Meeting:
    """Mark one action item as done today, by the step of its minutes; return the minutes.

    Raises:
        TransitionNotAllowed: the minutes are not open.
        RoleNotAllowed: the person follows no minutes here, or the item is another firm's.
        ValidationError: the item is done already.
    """
    meeting = item.meeting
    if not may_follow(by, item, roles_of(by, meeting.project)):
        roles = [Role.SUPERVISOR.label, Role.OFFICER.label, str(item.owner)]
        raise RoleNotAllowed(action="follow_up", roles=roles)
    lines = list(meeting.action_items.select_for_update())
    if any(line.pk == item.pk and line.is_done for line in lines):
        raise ValidationError(_("This item is done already."))
    rows: list[dict[str, Any]] = [
        {"done_date": timezone.localdate(), "note": note or line.note} if line.pk == item.pk else {}
        for line in lines
    ]
    return perform(subject=meeting, action="follow_up", by=by, lines={"action_items": rows})


def _keep_done_items(meeting: Meeting) -> None:
    """Let corrected minutes know what was done since they were written, by the same words."""
    if meeting.supersedes_id is None:
        return
    before = ActionItem.objects.filter(meeting=meeting.supersedes_id).exclude(done_date=None)
    done = {item.task: item for item in before}
    lines = [line for line in meeting.action_items.all() if line.task in done]
    for line in lines:
        known = done[line.task]
        line.done_date, line.note = known.done_date, known.note
    ActionItem.objects.bulk_update(lines, ["done_date", "note"])


def _followed(meeting: Meeting) -> None:
    today = timezone.localdate()
    if meeting.action_items.filter(done_date__gt=today).exists():
        raise ValidationError(_("The day on which something was done lies in the future."))


def _is_done(meeting: Meeting) -> bool:
    """Whether minutes may be closed: none of their action items is open."""
    return not meeting.action_items.filter(done_date=None).exists()


def _close_if_done(meeting: Meeting, user: User | None) -> None:
    """Close minutes whose last item is done."""
    if user is not None and _is_done(meeting):
        perform(subject=meeting, action="close", by=user)


# -- Signatures ----------------------------------------------------------------------------------


def _sign_for_writer(meeting: Meeting, _user: User | None) -> None:
    """Let the step of the writer's own body count as taken: they signed by sending it in."""
    approval = open_approval(meeting)
    if approval is None:
        return
    steps = [row for row in available_actions(meeting, approval.drafter) if row.is_step]
    if steps:
        perform(subject=meeting, action=steps[0].action, by=approval.drafter)


# -- What waits for a person ---------------------------------------------------------------------


def due_action_items(user: User) -> Iterator[DueItem]:
    """Yield the open action items of a person, or of those they stand in for."""
    today = timezone.localdate()
    owners = Participant.objects.acting_for(user, today)
    items = ActionItem.objects.filter(owner__in=owners, done_date=None, meeting__state=State.OPEN)
    for item in items.select_related("meeting__project").order_by("due_date", "id")[:200]:
        yield DueItem(
            title=_("To do: %(task)s") % {"task": item.task},
            url=reverse("pmis:action-items", args=[item.meeting.project.public_id]),
            project_name=item.meeting.project.name,
            due_date=item.due_date,
            is_overdue=item.due_date < today,
        )


EFFECTS[Meeting.record_type] = Effects(
    submitted=check_complete,
    approved=_keep_done_items,
    taken={"follow_up": _followed},
    possible={"close": _is_done},
    after={
        "submit": _sign_for_writer,
        "sign_contractor": _sign_for_writer,
        "confirm": _sign_for_writer,
        "approve": _close_if_done,
        "follow_up": _close_if_done,
    },
)
register_due_items(due_action_items)
