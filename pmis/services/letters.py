"""Rules of letters: which side takes which step, numbers in and out, receipt, reply, due items."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ccs.lib.extensions import DueItem, register_due_items
from ccs.lib.workflow import RoleNotAllowed, Transition
from ccs.models import Organization, User
from pmis.calendar import WorkingDays
from pmis.models import (
    Letter,
    LetterReceipt,
    LetterRound,
    Participant,
    Project,
    RecordState,
    Side,
)
from pmis.roles import CONTRACTOR_ROLES, ORDERING_BODY_ROLES, SUPERVISION_ROLES, Role
from pmis.services.approvals import EFFECTS, Effects, perform
from pmis.services.records import WRITERS_OF, require_writer
from pmis.services.roles import roles_by_project, roles_of
from pmis.workflows.letters import LETTER_READERS, LETTER_WRITERS, SIGNERS

State = RecordState
#: Who speaks for a side. An auditor reads and receives nothing; what a subcontractor's manager
#: reads has not reached the contractor.
SIDE_ROLES: dict[str, frozenset[Role]] = {
    Side.ORDERING_BODY: ORDERING_BODY_ROLES - {Role.AUDITOR},
    Side.SUPERVISION: SUPERVISION_ROLES,
    Side.CONTRACTOR: CONTRACTOR_ROLES - {Role.SUBCONTRACTOR},
}
#: Whose firm or body stands in the letter, the first that takes part.
BODY_OF_SIDE = {
    Side.ORDERING_BODY: (Role.OFFICER, Role.DEPARTMENT_HEAD),
    Side.SUPERVISION: (Role.SUPERVISOR, Role.INSPECTOR),
    Side.CONTRACTOR: (Role.SITE_AGENT, Role.ENGINEER),
}
#: Sides between which letters of a kind go; a letter goes between any two.
WAYS: dict[str, frozenset[tuple[Side, Side]]] = {
    Letter.Kind.DIRECTIVE: frozenset(
        {
            (Side.ORDERING_BODY, Side.SUPERVISION),
            (Side.ORDERING_BODY, Side.CONTRACTOR),
            (Side.SUPERVISION, Side.CONTRACTOR),
        }
    ),
    Letter.Kind.REPORT: frozenset(
        {(Side.SUPERVISION, Side.ORDERING_BODY), (Side.CONTRACTOR, Side.ORDERING_BODY)}
    ),
    Letter.Kind.INFORMATION: frozenset(
        {(Side.CONTRACTOR, Side.SUPERVISION), (Side.CONTRACTOR, Side.ORDERING_BODY)}
    ),
    Letter.Kind.SITE_CONDITION: frozenset(
        {(Side.CONTRACTOR, Side.SUPERVISION), (Side.CONTRACTOR, Side.ORDERING_BODY)}
    ),
}
#: Steps of the sender's side; the others are the receiver's.
STEPS_OF_SENDER = frozenset({"issue", "accept", "reinstruct", "waive"})


# -- Sides ---------------------------------------------------------------------------------------


def sides_of(roles: Iterable[str]) -> list[Side]:
    """Return the sides that a person with these roles speaks for, in the order of the sides."""
    held = set(roles)
    return [side for side in Side if held & SIDE_ROLES[side]]


def roles_of_step(letter: Letter, row: Transition) -> tuple[str, ...]:
    """Return the roles of a row that are on the side whose step it is."""
    side = letter.sender_side if row.action in STEPS_OF_SENDER else letter.receiver_side
    own = SIDE_ROLES.get(side, frozenset())
    return tuple(role for role in row.roles if role in own)


def writers_of_letter(letter: Letter) -> tuple[str, ...]:
    """Return the roles that write a letter: the sender's side."""
    own = SIDE_ROLES.get(letter.sender_side, frozenset())
    return tuple(role for role in LETTER_WRITERS if role in own)


def visible_letters(letters: models.QuerySet, user: User) -> models.QuerySet:
    """Return the letters that a person may see.

    A draft belongs to its sender's side. What is classified non-public is seen by sender and
    receiver, by those with a copy, by the ordering body and the auditor.
    """
    today = timezone.localdate()
    acting = Participant.objects.acting_for(user, today).filter(project=models.OuterRef("project"))

    def holds(roles: Iterable[str]) -> models.Exists:
        return models.Exists(acting.filter(role__in=list(roles)))

    of_sender, of_receiver = models.Q(), models.Q()
    for side, roles in SIDE_ROLES.items():
        of_sender |= models.Q(holds(roles), sender_side=side)
        of_receiver |= models.Q(holds(roles), receiver_side=side)
    copied = Letter.copies.rel.related_model.objects.filter(
        letter=models.OuterRef("pk"),
        participant__organization__in=Participant.objects.acting_for(user, today)
        .filter(project=models.OuterRef(models.OuterRef("project")))
        .values("organization"),
    )
    inside = models.Q(holds(ORDERING_BODY_ROLES)) | of_receiver | models.Q(models.Exists(copied))
    if user.sees_all_projects:
        inside |= models.Q(pk__isnull=False)
    issued = ~models.Q(state=State.DRAFT)
    return letters.filter(of_sender | issued & (models.Q(non_public_ground="") | inside))


# -- Writing -------------------------------------------------------------------------------------


def open_letter(project: Project, key: str, by: User) -> Letter:
    """Return the letter with this public id; make a draft of the writer's side if there is none.

    Raises RoleNotAllowed where the person does not write letters here, Http404 where the key
    belongs to a letter elsewhere.
    """
    public_id = UUID(key)
    known = Letter.objects.filter(project=project, public_id=public_id).order_by("-version_no")
    if letter := known.first():
        return letter
    role = require_writer(by, project, Letter.record_type)
    side = sides_of([role])[0]
    try:
        with transaction.atomic():
            return Letter.objects.create(
                project=project, public_id=public_id, author=by, sender_side=side
            )
    except IntegrityError as error:
        if letter := known.first():
            return letter
        raise Http404 from error


def check_complete(letter: Letter) -> None:
    """Raise ValidationError by field name for everything that keeps a letter from being issued."""
    errors: dict[str, str] = {}
    if not letter.title.strip():
        errors["title"] = _("The title is missing.")
    if not letter.body.strip():
        errors["body"] = _("The text is missing.")
    errors |= _wrong_way(letter)
    if letter.needs_reply and letter.due_date is None:
        errors["due_date"] = _("Say until when a reply is needed.")
    if letter.due_date and letter.due_date < timezone.localdate():
        errors["due_date"] = _("The day lies in the past.")
    if errors:
        raise ValidationError(errors)


def _wrong_way(letter: Letter) -> dict[str, str]:
    """Return what is wrong with the receiver of a letter."""
    if not letter.receiver_side:
        return {"receiver_side": _("Say to whom the letter goes.")}
    way = (Side(letter.sender_side), Side(letter.receiver_side))
    if way[0] == way[1]:
        return {"receiver_side": _("A letter goes to another side.")}
    ways = WAYS.get(letter.kind)
    if ways is not None and way not in ways:
        words = {
            "kind": letter.get_kind_display(),
            "sender": way[0].label,
            "receiver": way[1].label,
        }
        sentence = _("%(kind)s: not from %(sender)s to %(receiver)s.")
        return {"kind": sentence % words}
    if body_of(letter.project, way[1]) is None:
        sentence = _("Nobody of this side takes part in the project: %(side)s.")
        return {"receiver_side": sentence % {"side": way[1].label}}
    return {}


def body_of(project: Project, side: str) -> Organization | None:
    """Return the body or firm that stands for a side of a project today."""
    if side == Side.ORDERING_BODY:
        return project.ordering_body
    rows = project.participants.on(timezone.localdate()).filter(role__in=BODY_OF_SIDE[Side(side)])
    order = {role: place for place, role in enumerate(BODY_OF_SIDE[Side(side)])}
    found = sorted(rows.select_related("organization"), key=lambda row: order[Role(row.role)])
    return found[0].organization if found else None


# -- Effects of steps ----------------------------------------------------------------------------


def _issued(letter: Letter) -> None:
    """Date and number the letter for its sender; a corrected one begins to wait anew."""
    check_complete(letter)
    letter.date = timezone.localdate()
    letter.sender = body_of(letter.project, letter.sender_side)
    letter.receiver = body_of(letter.project, letter.receiver_side)
    if letter.sender is None:
        raise ValidationError(_("Nobody of the sender's side takes part in the project."))
    if letter.sent_number is None:
        letter.sent_number = _next(letter, "sent_number", "sender_side")
    letter.received_at = letter.reply_date = None
    letter.reply = letter.instruction = ""
    letter.rounds.all().delete()


def _next(letter: Letter, column: str, side: str) -> int:
    """Return the next number of a side's register, holding the project's row."""
    Project.objects.select_for_update(no_key=True).get(pk=letter.project_id)
    rows = Letter.objects.filter(project=letter.project_id, **{side: getattr(letter, side)})
    return (rows.aggregate(models.Max(column))[f"{column}__max"] or 0) + 1


def _received(letter: Letter) -> None:
    letter.received_at = timezone.now()
    if letter.received_number is None:
        letter.received_number = _next(letter, "received_number", "receiver_side")


def _replied(letter: Letter) -> None:
    letter.reply_date = timezone.localdate()


def _instructed_again(letter: Letter) -> None:
    """Keep the reply that was not enough, and let the receiver answer anew."""
    before = Letter.objects.values_list("due_date", flat=True).get(pk=letter.pk)
    today = timezone.localdate()
    if letter.due_date is None or letter.due_date < today:
        raise ValidationError({"due_date": _("The day lies in the past.")})
    LetterRound.objects.create(
        letter=letter,
        order=letter.rounds.count(),
        due_date=before,
        reply=letter.reply,
        reply_date=letter.reply_date,
        instruction=letter.instruction,
        instructed_date=today,
    )
    letter.reply, letter.reply_date = "", None


def _receipt_of(letter: Letter, user: User | None) -> None:
    if user is not None:
        _keep_receipt(letter, user, roles_of(user, letter.project))


def _keep_receipt(letter: Letter, user: User, roles: Iterable[str]) -> bool:
    """Keep that somebody of the receiver, or with a copy, opened the letter; once each."""
    held = set(roles)
    role = next((r for r in LETTER_READERS if r in held & _receiving_roles(letter)), "")
    rows = Participant.objects.acting_for(user, timezone.localdate())
    rows = rows.filter(project=letter.project_id)
    own = rows.filter(role=role) if role else rows.filter(organization__in=_copied(letter))
    participant = own.first()
    if participant is None:
        return False
    _receipt, is_new = LetterReceipt.objects.get_or_create(
        letter=letter,
        user=user,
        defaults={
            "organization_id": participant.organization_id,
            "role": participant.role,
            "is_copy": not role,
        },
    )
    return is_new


def _receiving_roles(letter: Letter) -> frozenset[str]:
    return SIDE_ROLES.get(letter.receiver_side, frozenset())


def _copied(letter: Letter) -> models.QuerySet:
    return letter.copies.values("participant__organization")


def note_opening(letter: Letter, user: User) -> bool:
    """Keep the receipt when somebody opens a letter; return whether the letter changed by it.

    The first person of the receiver's side who opens it receives it for that side.
    """
    if not letter.is_in_force or letter.receipts.filter(user=user).exists():
        return False
    roles = roles_of(user, letter.project)
    if letter.state == State.ISSUED and set(LETTER_READERS) & set(roles) & _receiving_roles(letter):
        try:
            perform(subject=letter, action=receipt_step(letter), by=user)
        except RoleNotAllowed:
            return False
        return True
    return _keep_receipt(letter, user, roles)


def receipt_step(letter: Letter) -> str:
    """Return the step by which a letter is received: what needs no reply ends with it."""
    return "acknowledge" if letter.needs_reply else "note"


# -- What waits for a person ---------------------------------------------------------------------


def due_letters(user: User) -> Iterator[DueItem]:
    """Yield the letters that wait for a person: to open, to answer, to decide, and overdue."""
    today = timezone.localdate()
    mine = roles_by_project(user)
    if not mine:
        return
    open_states = (State.ISSUED, State.RECEIVED, State.REINSTRUCTED, State.REPLIED)
    letters = Letter.objects.filter(project__in=mine, state__in=open_states)
    calendar: WorkingDays | None = None
    for letter in letters.select_related("project").order_by("due_date", "id")[:300]:
        sentence = _sentence(letter, mine[letter.project_id], today)
        if not sentence:
            continue
        is_late = letter.is_overdue_on(today)
        if is_late:
            calendar = calendar or WorkingDays(letter.due_date, today)
            sentence = f"{sentence} ({late_words(overdue_days(letter, today, calendar))})"
        yield DueItem(
            title=sentence,
            url=reverse("pmis:letter-detail", args=[letter.public_id]),
            project_name=letter.project.name,
            due_date=letter.due_date,
            is_overdue=is_late,
        )


#: What a person is asked for, by whether they are the receiver, and the state.
ASKED = {
    (True, State.ISSUED): gettext_lazy("Not opened yet: %(title)s"),
    (True, State.RECEIVED): gettext_lazy("Reply: %(title)s"),
    (True, State.REINSTRUCTED): gettext_lazy("Reply again: %(title)s"),
    (False, State.REPLIED): gettext_lazy("A reply has come: %(title)s"),
}
LATE = gettext_lazy("The reply is overdue: %(title)s")


def _sentence(letter: Letter, roles: set[str], today: datetime.date) -> str:
    """Return what a person with these roles is asked for by a letter, empty for nothing."""
    is_receiver = bool(roles & _receiving_roles(letter) & set(LETTER_READERS))
    signs = bool(roles & set(SIGNERS))
    is_sender = bool(roles & SIDE_ROLES.get(letter.sender_side, frozenset())) and signs
    asked: Any = ""
    if is_receiver and (signs or letter.state == State.ISSUED):
        asked = ASKED.get((True, State(letter.state)), "")
        if letter.state == State.RECEIVED and not letter.needs_reply:
            asked = ""
    elif is_sender:
        asked = ASKED.get((False, State(letter.state)), "")
        if letter.is_overdue_on(today):
            asked = LATE
    return str(asked) % {"title": letter.title} if asked else ""


def overdue_days(letter: Letter, today: datetime.date, calendar: WorkingDays) -> int:
    """Return how many working days after its due day a letter still waits for its reply."""
    if not letter.is_overdue_on(today):
        return 0
    days = (today - letter.due_date).days
    one = datetime.timedelta(days=1)
    return sum(calendar.is_working(letter.due_date + one * number) for number in range(1, days + 1))


def late_words(days: int) -> str:
    """Return by how many working days something is late, in words."""
    text = ngettext("%(count)s working day overdue", "%(count)s working days overdue", days)
    return text % {"count": days}


WRITERS_OF[Letter.record_type] = writers_of_letter
EFFECTS[Letter.record_type] = Effects(
    taken={
        "issue": _issued,
        "acknowledge": _received,
        "note": _received,
        "reply": _replied,
        "reinstruct": _instructed_again,
    },
    after={"acknowledge": _receipt_of, "note": _receipt_of},
    possible={
        "acknowledge": lambda letter: letter.needs_reply,
        "note": lambda letter: not letter.needs_reply,
        "waive": lambda letter: letter.needs_reply,
    },
    roles=roles_of_step,
)
register_due_items(due_letters)
