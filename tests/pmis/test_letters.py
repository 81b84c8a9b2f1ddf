"""Directives, letters, reports and requests: sides, numbers, receipt proof, replies, overdue."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from ccs.lib.extensions import due_items
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import ApprovalEvent, Letter, LetterReceipt, RecordState, Side
from pmis.roles import Role
from pmis.services.approvals import available_actions, perform
from pmis.services.letters import note_opening
from pmis.services.records import correct_record, save_record
from tests.factories.letters import letter, owner
from tests.factories.pmis import Site

State = RecordState
TODAY = timezone.localdate
AsUser = Callable[[User], Client]


def actions(record: Letter, user: User) -> set[str]:
    return {row.action for row in available_actions(record, user)}


def page(client: Client, record: Letter) -> str:
    return client.get(reverse("pmis:letter-detail", args=[record.public_id])).content.decode()


def overdue(record: Letter, days: int) -> None:
    """Let the due day of a letter have passed; the lock lets a due day change."""
    Letter.objects.filter(pk=record.pk).update(due_date=TODAY() - datetime.timedelta(days=days))


# -- The life of a directive ----------------------------------------------------------------------


def test_a_directive_goes_its_way_until_its_reply_is_accepted(site: Site) -> None:
    record = letter(site, State.CLOSED)
    assert record.state == State.CLOSED
    assert (record.sender, record.receiver) == (
        site.project.ordering_body,
        site.firms["contractor"],
    )
    assert (record.date, record.reply_date) == (TODAY(), TODAY())
    events = ApprovalEvent.objects.filter(record_public_id=record.public_id)
    assert [event.action for event in events] == ["issue", "acknowledge", "reply", "accept"]


def test_a_reply_that_is_not_enough_is_kept_and_another_one_asked_for(site: Site) -> None:
    record = letter(site, State.REINSTRUCTED)
    kept = record.rounds.get()
    assert (kept.reply, kept.instruction) == ("보강을 마쳤습니다.", "사진이 없습니다.")
    assert (record.reply, record.reply_date) == ("", None)
    agent = site[Role.SITE_AGENT]
    record = perform(subject=record, action="reply", by=agent, fields={"reply": "사진을 붙임"})
    assert record.state == State.REPLIED


def test_a_letter_that_needs_no_reply_ends_with_its_receipt(site: Site) -> None:
    record = letter(site, State.ISSUED, needs_reply=False, due_date=None)
    assert actions(record, site[Role.SITE_AGENT]) == {"note"}
    with pytest.raises(TransitionNotAllowed):
        perform(subject=record, action="acknowledge", by=site[Role.SITE_AGENT])
    record = perform(subject=record, action="note", by=site[Role.SITE_AGENT])
    assert record.state == State.CLOSED and record.received_at is not None


def test_a_reply_can_be_waived_by_the_sender_with_a_reason(site: Site) -> None:
    record = letter(site, State.RECEIVED)
    with pytest.raises(ValidationError):
        perform(subject=record, action="waive", by=site[Role.OFFICER])
    with pytest.raises(RoleNotAllowed):
        perform(subject=record, action="waive", by=site[Role.SITE_AGENT], comment="바쁨")
    record = perform(subject=record, action="waive", by=site[Role.OFFICER], comment="해제됨")
    assert record.state == State.CLOSED


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (State.DRAFT, {Role.OFFICER: {"issue"}, Role.DEPARTMENT_HEAD: {"issue"}}),
        (
            State.ISSUED,
            {
                Role.OFFICER: {"waive"},
                Role.DEPARTMENT_HEAD: {"waive"},
                Role.SITE_AGENT: {"acknowledge"},
                Role.ENGINEER: {"acknowledge"},
                Role.JOINT_MEMBER: {"acknowledge"},
            },
        ),
        (
            State.RECEIVED,
            {
                Role.OFFICER: {"waive"},
                Role.DEPARTMENT_HEAD: {"waive"},
                Role.SITE_AGENT: {"reply"},
            },
        ),
        (
            State.REPLIED,
            {
                Role.OFFICER: {"accept", "reinstruct"},
                Role.DEPARTMENT_HEAD: {"accept", "reinstruct"},
            },
        ),
    ],
)
def test_only_the_side_whose_step_it_is_may_take_it(
    site: Site, state: str, wanted: dict[str, set[str]]
) -> None:
    record = letter(site, state)
    for role in Role:
        assert actions(record, site[role]) == wanted.get(role, set()), role


def test_a_request_goes_up_and_is_answered_by_the_supervisor(site: Site) -> None:
    record = letter(
        site,
        State.RECEIVED,
        sender=Side.CONTRACTOR,
        kind=Letter.Kind.INFORMATION,
        receiver_side=Side.SUPERVISION,
    )
    assert record.sender == site.firms["contractor"]
    assert record.receiver == site.firms["supervision_firm"]
    assert actions(record, site[Role.SITE_AGENT]) == {"waive"}
    answer = {"reply": "도면 A-101 이 맞습니다."}
    record = perform(subject=record, action="reply", by=site[Role.SUPERVISOR], fields=answer)
    assert actions(record, site[Role.SITE_AGENT]) == {"accept", "reinstruct"}


@pytest.mark.parametrize(
    ("kind", "sender", "receiver"),
    [
        ("directive", Side.CONTRACTOR, Side.SUPERVISION),
        ("report", Side.ORDERING_BODY, Side.SUPERVISION),
        ("site_condition", Side.SUPERVISION, Side.ORDERING_BODY),
        ("letter", Side.SUPERVISION, Side.SUPERVISION),
    ],
)
def test_a_kind_goes_only_the_way_it_goes(
    site: Site, kind: str, sender: str, receiver: str
) -> None:
    record = letter(site, sender=sender, kind=kind, receiver_side=receiver)
    by = {
        Side.ORDERING_BODY: Role.OFFICER,
        Side.SUPERVISION: Role.SUPERVISOR,
        Side.CONTRACTOR: Role.SITE_AGENT,
    }[Side(sender)]
    with pytest.raises(ValidationError):
        perform(subject=record, action="issue", by=site[by])


def test_what_is_missing_is_said_field_by_field(site: Site) -> None:
    record = letter(site, title="", body="", due_date=None)
    with pytest.raises(ValidationError) as refused:
        perform(subject=record, action="issue", by=site[Role.OFFICER])
    assert {"title", "body", "due_date"} == set(refused.value.message_dict)


# -- Numbers and receipt --------------------------------------------------------------------------


def test_each_side_counts_what_it_sends_and_what_it_receives(site: Site) -> None:
    down = [letter(site, State.RECEIVED) for _number in range(2)]
    from_supervisor = letter(site, State.RECEIVED, sender=Side.SUPERVISION)
    assert [record.sent_number for record in (*down, from_supervisor)] == [1, 2, 1]
    assert [record.received_number for record in (*down, from_supervisor)] == [1, 2, 3]


def test_opening_the_page_is_the_receipt_of_the_receiver_only(site: Site, as_user: AsUser) -> None:
    record = letter(site, State.ISSUED)
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR, Role.SUBCONTRACTOR):
        page(as_user(site[role]), record)
    record.refresh_from_db()
    assert record.state == State.ISSUED and not record.receipts.exists()
    shown = page(as_user(site[Role.ENGINEER]), record)
    record.refresh_from_db()
    assert record.state == State.RECEIVED and record.received_at is not None
    assert str(site[Role.ENGINEER]) in shown
    page(as_user(site[Role.ENGINEER]), record)
    page(as_user(site[Role.SITE_AGENT]), record)
    receipts = list(record.receipts.order_by("id"))
    assert [receipt.user for receipt in receipts] == [site[Role.ENGINEER], site[Role.SITE_AGENT]]
    assert receipts[0].organization == site.firms["contractor"]


def test_a_body_with_a_copy_leaves_a_receipt_without_receiving(site: Site, as_user: AsUser) -> None:
    record = letter(site)
    record.copies.create(participant=owner(site, Role.SUPERVISOR))
    record = perform(subject=record, action="issue", by=site[Role.OFFICER])
    page(as_user(site[Role.SUPERVISOR]), record)
    record.refresh_from_db()
    assert record.state == State.ISSUED
    assert record.receipts.get().is_copy


def test_a_receipt_is_kept_for_good(site: Site) -> None:
    record = letter(site, State.RECEIVED)
    receipt = record.receipts.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterReceipt.objects.filter(pk=receipt.pk).update(role="officer")
    with pytest.raises(IntegrityError), transaction.atomic():
        receipt.delete()


def test_a_corrected_letter_begins_to_wait_anew_under_its_number(site: Site) -> None:
    record = letter(site, State.REPLIED)
    number = record.sent_number
    version = correct_record(record=record, reason="날짜가 틀림", by=site[Role.OFFICER])
    version = perform(subject=version, action="issue", by=site[Role.OFFICER])
    assert (version.state, version.sent_number, version.reply) == (State.ISSUED, number, "")
    assert note_opening(version, site[Role.SITE_AGENT])
    version.refresh_from_db()
    assert version.state == State.RECEIVED


def test_the_other_side_neither_writes_nor_corrects_a_letter(site: Site, as_user: AsUser) -> None:
    draft = letter(site)
    with pytest.raises(RoleNotAllowed):
        save_record(record=draft, fields={"title": "바꿈"}, by=site[Role.SITE_AGENT])
    url = reverse("pmis:letter-write", args=[site.project.public_id, draft.public_id])
    assert as_user(site[Role.SITE_AGENT]).get(url).status_code == 404
    record = letter(site, State.ISSUED)
    with pytest.raises(RoleNotAllowed):
        correct_record(record=record, reason="내 마음", by=site[Role.SITE_AGENT])
    with pytest.raises(RoleNotAllowed):
        perform(subject=draft, action="issue", by=site[Role.SUPERVISOR])


# -- Who sees what --------------------------------------------------------------------------------


def test_a_draft_is_seen_by_its_senders_side_only(site: Site, as_user: AsUser) -> None:
    url = reverse("pmis:letter-detail", args=[letter(site).public_id])
    for role, status in ((Role.OFFICER, 200), (Role.SITE_AGENT, 404), (Role.AUDITOR, 404)):
        assert as_user(site[role]).get(url).status_code == status, role


def test_a_non_public_letter_stays_with_those_it_concerns(site: Site, as_user: AsUser) -> None:
    record = letter(
        site,
        State.ISSUED,
        sender=Side.SUPERVISION,
        kind=Letter.Kind.REPORT,
        receiver_side=Side.ORDERING_BODY,
        non_public_ground="G5",
        title="비공개 검토 보고",
    )
    url = reverse("pmis:letter-detail", args=[record.public_id])
    register = reverse("pmis:letter-of-project", args=[site.project.public_id])
    for role, sees in (
        (Role.SUPERVISOR, True),
        (Role.AUDITOR, True),
        (Role.SITE_AGENT, False),
        (Role.SUBCONTRACTOR, False),
    ):
        client = as_user(site[role])
        assert (client.get(url).status_code == 200) is sees, role
        assert (record.title in client.get(register).content.decode()) is sees, role


# -- Overdue, my day, register --------------------------------------------------------------------


def titles(user: User) -> list[str]:
    with translation.override("en"):
        return [item.title for item in due_items(user)]


def test_my_day_asks_the_side_that_has_to_act(site: Site) -> None:
    agent, officer = site[Role.SITE_AGENT], site[Role.OFFICER]
    record = letter(site, State.ISSUED)
    assert titles(agent) == [f"Not opened yet: {record.title}"]
    assert titles(officer) == []
    record = perform(subject=record, action="acknowledge", by=agent)
    assert titles(agent) == [f"Reply: {record.title}"]
    assert titles(site[Role.ENGINEER]) == []
    perform(subject=record, action="reply", by=agent, fields={"reply": "마침"})
    assert titles(agent) == []
    assert titles(officer) == [f"A reply has come: {record.title}"]


def test_an_overdue_reply_is_counted_in_working_days_for_both_sides(site: Site) -> None:
    record = letter(site, State.RECEIVED)
    overdue(record, 14)
    for role in (Role.SITE_AGENT, Role.OFFICER):
        (item,) = due_items(site[role])
        assert item.is_overdue
        assert "working day" in titles(site[role])[0]
    assert list(Letter.objects.overdue()) == [record]


def test_an_overdue_letter_says_so_on_its_page(site: Site, as_user: AsUser) -> None:
    record = letter(site, State.RECEIVED)
    overdue(record, 14)
    shown = page(as_user(site[Role.OFFICER]), record)
    assert "A reply was due by" in shown and "overdue" in shown


def test_the_register_filters_in_and_out_kind_and_overdue(site: Site, as_user: AsUser) -> None:
    down = letter(site, State.RECEIVED, title="내려간 지시")
    up = letter(
        site,
        State.ISSUED,
        sender=Side.CONTRACTOR,
        kind=Letter.Kind.SITE_CONDITION,
        receiver_side=Side.SUPERVISION,
        title="올라간 실정보고",
    )
    overdue(down, 3)
    client = as_user(site[Role.SITE_AGENT])
    url = reverse("pmis:letter-of-project", args=[site.project.public_id])

    def shown(**question: str) -> set[str]:
        text = client.get(url, question).content.decode()
        return {record.title for record in (down, up) if record.title in text}

    assert shown() == {down.title, up.title}
    assert shown(direction="in") == {down.title}
    assert shown(direction="out") == {up.title}
    assert shown(kind="site_condition") == {up.title}
    assert shown(only="overdue") == {down.title}
    assert shown(only="unread") == {up.title}
    assert shown(receiver_side="supervision") == {up.title}


def test_the_register_asks_no_more_for_more_letters(
    site: Site, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    for _number in range(4):
        letter(site, State.RECEIVED)
    client = as_user(site[Role.OFFICER])
    url = reverse("pmis:letter-of-project", args=[site.project.public_id])
    client.get(url)
    with django_assert_max_num_queries(12):
        client.get(url)


def test_a_letter_is_written_from_the_form_and_about_another(site: Site, as_user: AsUser) -> None:
    record = letter(site, State.ISSUED)
    client = as_user(site[Role.SITE_AGENT])
    key = "01940000-0000-7000-8000-000000000001"
    url = reverse("pmis:letter-write", args=[site.project.public_id, key])
    text = client.get(url, {"about": str(record.public_id)}).content.decode()
    assert f"Re: {record.title}" in text
    answer = client.post(
        url,
        {
            "kind": "letter",
            "receiver_side": "ordering_body",
            "title": "회신",
            "body": "결과를 알립니다.",
            "about": str(record.public_id),
            "attachments-0-title": "사진대지",
            "next": "1",
        },
    )
    assert answer.status_code == 302
    made = Letter.objects.get(public_id=key)
    assert (made.about, made.sender_side) == (record, Side.CONTRACTOR)
    assert made.attachments.get().title == "사진대지"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_of_a_letter_in_both_languages(site: Site, as_user: AsUser, language: str) -> None:
    record = letter(site, State.REINSTRUCTED)
    User.objects.filter(pk=site[Role.SUPERVISOR].pk).update(language=language)
    client = as_user(User.objects.get(pk=site[Role.SUPERVISOR].pk))
    shown = page(client, record)
    assert record.title in shown and "보강을 마쳤습니다." in shown


# -- The database ---------------------------------------------------------------------------------


def test_the_database_refuses_a_letter_that_goes_the_wrong_way(site: Site) -> None:
    record = letter(site, State.ISSUED)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE pmis_letter SET sender_side = 'contractor', receiver_side = 'supervision'"
            " WHERE id = %s",
            [record.pk],
        )


def test_what_was_issued_changes_no_more(site: Site) -> None:
    record = letter(site, State.ISSUED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=record.pk).update(body="다른 말")
