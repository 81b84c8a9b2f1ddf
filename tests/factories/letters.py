"""Factories of letters, minutes, complaints and visits; states by the real steps."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from ccs.lib.identity import new_public_id
from pmis.models import ComplaintEntry, Letter, Meeting, Participant, RecordState, Side, Visit
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.letters import open_letter
from pmis.services.meetings import save_meeting
from tests.factories.pmis import Site

#: Who signs for a side.
SIGNER = {
    Side.ORDERING_BODY: Role.OFFICER,
    Side.SUPERVISION: Role.SUPERVISOR,
    Side.CONTRACTOR: Role.SITE_AGENT,
}
WEEK = datetime.timedelta(days=7)


def letter(
    site: Site,
    state: str = RecordState.DRAFT,
    *,
    sender: str = Side.ORDERING_BODY,
    **fields: Any,
) -> Letter:
    """Return a directive of the officer to the contractor, led to `state` by the real steps."""
    made = open_letter(site.project, str(new_public_id()), site[SIGNER[Side(sender)]])
    given = {
        "kind": Letter.Kind.DIRECTIVE,
        "receiver_side": Side.CONTRACTOR,
        "title": "가설울타리 보강 지시",
        "body": "강풍에 대비해 남측 가설울타리를 보강하고 결과를 보고하시기 바랍니다.",
        "due_date": timezone.localdate() + WEEK,
        **fields,
    }
    for name, value in given.items():
        setattr(made, name, value)
    made.save()
    return lead_letter(site, made, state)


def lead_letter(site: Site, made: Letter, state: str) -> Letter:
    """Lead a draft to `state`: issued, received, replied, instructed again, closed."""
    sender = site[SIGNER[Side(made.sender_side)]]
    receiver = site[SIGNER[Side(made.receiver_side)]]
    way: list[tuple[str, Any, dict[str, Any]]] = [
        ("issue", sender, {}),
        ("acknowledge", receiver, {}),
        ("reply", receiver, {"reply": "보강을 마쳤습니다."}),
        (
            "reinstruct",
            sender,
            {"instruction": "사진이 없습니다.", "due_date": timezone.localdate() + WEEK},
        ),
    ]
    until = {
        RecordState.DRAFT: 0,
        RecordState.ISSUED: 1,
        RecordState.RECEIVED: 2,
        RecordState.REPLIED: 3,
        RecordState.CLOSED: 3,
        RecordState.REINSTRUCTED: 4,
    }
    for action, by, given in way[: until[RecordState(state)]]:
        made = perform(subject=made, action=action, by=by, fields=given)
    if state == RecordState.CLOSED:
        made = perform(subject=made, action="accept", by=sender)
    return made


def owner(site: Site, role: str) -> Participant:
    """Return the participant who holds a role."""
    return site.project.participants.get(role=role)


def meeting(site: Site, *, signed: bool = False, tasks: int = 1, **fields: Any) -> Meeting:
    """Return weekly minutes by the supervisor with action items of the contractor."""
    today = timezone.localdate()
    made = Meeting.objects.create(project=site.project, author=site[Role.SUPERVISOR])
    made = save_meeting(
        record=made,
        fields={
            "date": today,
            "place": "현장사무실",
            "agenda": "주간 공정과 안전",
            "decisions": "야간작업은 21시에 마친다.",
            "statements": "민원이 많아 곤란하다고 말함",
            **fields,
        },
        lines={
            "attendees": [
                {"participant": owner(site, Role.SITE_AGENT)},
                {"body": "한강경찰서", "role": "교통과", "name": "홍길동"},
            ],
            "action_items": [
                {
                    "task": f"배수로 정비 {number}",
                    "owner": owner(site, Role.SITE_AGENT),
                    "due_date": today + WEEK,
                }
                for number in range(1, tasks + 1)
            ],
        },
        by=site[Role.SUPERVISOR],
    )
    return sign_all(site, made) if signed else made


def sign_all(site: Site, made: Meeting) -> Meeting:
    """Send minutes in and let every body sign; the supervisor's step is taken by sending."""
    made = perform(subject=made, action="submit", by=site[Role.SUPERVISOR])
    made = perform(subject=made, action="sign_contractor", by=site[Role.SITE_AGENT])
    made.refresh_from_db()
    made = perform(subject=made, action="approve", by=site[Role.OFFICER])
    made.refresh_from_db()
    return made


def complaint(site: Site, *, is_entered: bool = True, **fields: Any) -> ComplaintEntry:
    """Return a complaint entered by the site agent."""
    given = {
        "received_date": timezone.localdate(),
        "subject": "새벽 작업 소음",
        "complainant_name": "홍길순",
        "complainant_contact": "이웃집",
        **fields,
    }
    made = ComplaintEntry.objects.create(
        project=site.project, author=site[Role.SITE_AGENT], **given
    )
    if not is_entered:
        return made
    return perform(subject=made, action="enter", by=site[Role.SITE_AGENT])


def visit(site: Site, **fields: Any) -> Visit:
    """Return a visit entered by the supervisor."""
    given = {
        "date": timezone.localdate(),
        "body": "고용노동청",
        "purpose": "안전 점검",
        "visitor_name": "홍길남",
        **fields,
    }
    made = Visit.objects.create(project=site.project, author=site[Role.SUPERVISOR], **given)
    return perform(subject=made, action="enter", by=site[Role.SUPERVISOR])
