"""The daily mail, escalation after some working days, and short messages behind their port."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ccs.models import RuleValue, User
from ccs.services import sms
from pmis.calendar import around
from pmis.models import Approval, EscalationMessage, MessageChoice, SentDigest
from pmis.roles import Role
from pmis.services.digest import digest_of, send_digests
from pmis.services.escalation import escalated_to, send_escalation_messages
from pmis.services.notices import write_notice
from tests.factories.pmis import Site, make_site

SignIn = Callable[[User], Client]


def _working_morning() -> datetime.datetime:
    """Return nine o'clock of the next working day, today included."""
    day = timezone.localdate()
    calendar = around(day)
    day = day if calendar.is_working(day) else calendar.after(day, 1)
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(9)))


@pytest.fixture
def waiting(site: Site) -> Site:
    """A site whose supervisor has a report to confirm and an address to be mailed at."""
    site.report("submitted")
    supervisor = site[Role.SUPERVISOR]
    supervisor.email = "supervisor@example.org"
    supervisor.save()
    return site


# -- The daily mail -----------------------------------------------------------------------------


def test_the_mail_names_what_waits_in_the_language_of_the_person(waiting: Site) -> None:
    assert send_digests(now=_working_morning()) == 1
    message = mail.outbox[0]
    assert message.to == ["supervisor@example.org"]
    assert "1 record waits for your decision" in message.body
    assert reverse("pmis:my-day") in message.body
    supervisor = waiting[Role.SUPERVISOR]
    supervisor.language = "ko"
    supervisor.save()
    SentDigest.objects.all().delete()
    send_digests(now=_working_morning())
    assert waiting.project.name in mail.outbox[1].body


def test_nobody_is_mailed_twice_a_day(waiting: Site) -> None:
    assert send_digests(now=_working_morning()) == 1
    assert send_digests(now=_working_morning()) == 0
    assert len(mail.outbox) == 1


def test_nobody_is_mailed_at_night_or_on_a_day_off(waiting: Site) -> None:
    morning = _working_morning()
    assert send_digests(now=morning.replace(hour=5)) == 0
    sunday = morning + datetime.timedelta(days=6 - morning.weekday())
    assert send_digests(now=sunday) == 0
    assert not SentDigest.objects.exists()


def test_who_refused_the_mail_gets_none(waiting: Site, as_user: SignIn) -> None:
    client = as_user(waiting[Role.SUPERVISOR])
    assert client.get(reverse("pmis:messages")).status_code == 200
    client.post(reverse("pmis:messages"), {"escalation_sms": "on"})
    choice = MessageChoice.objects.get()
    assert (choice.daily_mail, choice.escalation_sms) == (False, True)
    assert send_digests(now=_working_morning()) == 0


def test_without_anything_waiting_there_is_no_mail(site: Site) -> None:
    person = site[Role.ACCOUNTING_OFFICER]
    person.email = "accounting@example.org"
    person.save()
    assert send_digests(now=_working_morning()) == 0
    assert mail.outbox == []


def test_a_mail_server_that_is_down_is_asked_again_later(
    waiting: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        assert send_digests(now=_working_morning()) == 0
    assert send_digests(now=_working_morning()) == 1


def test_an_unread_notice_and_an_escalation_are_named(waiting: Site) -> None:
    head = waiting[Role.DEPARTMENT_HEAD]
    key = f"project-{waiting.project.public_id}"
    notice = write_notice(title="알림", text="글", audience=key, by=waiting[Role.OFFICER])
    notice.published_at = timezone.now() - datetime.timedelta(days=4)
    notice.save()
    _make_old(waiting, 4)
    digest = digest_of(head)
    assert [line.text for line in digest.notices] == ["알림"]
    assert len(digest.escalated) == 1


# -- Escalation ---------------------------------------------------------------------------------


def _make_old(site: Site, working_days: int) -> Approval:
    """Return the open approval of a site, written anew as old as so many working days."""
    today = timezone.localdate()
    day = around(today).before(today, working_days)
    moment = timezone.make_aware(datetime.datetime.combine(day, datetime.time(9)))
    old = Approval.objects.pending().get(project=site.project)
    Approval.objects.filter(pk=old.pk).update(state="recalled")
    fields = {
        name: getattr(old, name)
        for name in (
            "record_type", "record_public_id", "version_no", "title", "drafter", "drafter_role",
            "steps", "approver_roles", "current_step", "current_action", "current_role", "project",
        )
    }  # fmt: skip
    return Approval.objects.create(**fields, submitted_at=moment)


@pytest.mark.parametrize(("days", "is_shown"), [(2, False), (3, False), (4, True)])
def test_an_approval_is_shown_to_the_department_head_after_the_days_of_the_rule(
    waiting: Site, days: int, is_shown: bool
) -> None:
    _make_old(waiting, days)
    assert bool(escalated_to(waiting[Role.DEPARTMENT_HEAD])) is is_shown
    assert escalated_to(waiting[Role.OFFICER]) == []


def test_the_rule_is_a_dated_value_of_the_city(waiting: Site) -> None:
    _make_old(waiting, 2)
    RuleValue.objects.create(
        key=RuleValue.Key.ESCALATION_DAYS,
        value=1,
        valid_from=timezone.localdate(),
        ground="city",
    )
    assert len(escalated_to(waiting[Role.DEPARTMENT_HEAD])) == 1


def test_the_department_head_sees_it_on_my_day(waiting: Site, as_user: SignIn) -> None:
    approval = _make_old(waiting, 5)
    page = as_user(waiting[Role.DEPARTMENT_HEAD]).get(reverse("pmis:my-day")).content.decode()
    assert "Waiting too long in my department" in page
    assert str(approval.record_public_id) in page


def test_heads_of_other_departments_see_nothing_of_it(waiting: Site) -> None:
    _make_old(waiting, 5)
    assert escalated_to(make_site()[Role.DEPARTMENT_HEAD]) == []


# -- Short messages -----------------------------------------------------------------------------


class Collected:
    """An adapter that keeps what it sent."""

    sent: list[tuple[str, str]] = []
    is_down = False

    def send(self, number: str, text: str) -> None:
        if self.is_down:
            raise sms.SmsNotSent
        self.sent.append((number, text))


@pytest.fixture
def collected(settings: Any) -> type[Collected]:
    settings.SMS_ADAPTER = f"{__name__}.Collected"
    Collected.sent, Collected.is_down = [], False
    return Collected


@pytest.fixture
def head(waiting: Site) -> User:
    """A department head with a mobile number who wants to be told."""
    _make_old(waiting, 5)
    person = waiting[Role.DEPARTMENT_HEAD]
    person.mobile = "010-0000-0000"
    person.save()
    MessageChoice.objects.create(user=person, escalation_sms=True)
    return person


def test_a_head_who_asked_for_it_is_told_once(head: User, collected: type[Collected]) -> None:
    assert send_escalation_messages(limit=10) == 1
    assert send_escalation_messages(limit=10) == 0
    assert collected.sent[0][0] == "01000000000"
    assert len(collected.sent) == 1


def test_a_head_who_did_not_ask_is_not_told(head: User, collected: type[Collected]) -> None:
    MessageChoice.objects.update(escalation_sms=False)
    assert send_escalation_messages(limit=10) == 0


def test_a_message_that_was_not_taken_is_tried_again(
    head: User, collected: type[Collected]
) -> None:
    collected.is_down = True
    assert send_escalation_messages(limit=10) == 0
    assert not EscalationMessage.objects.exists()
    collected.is_down = False
    assert send_escalation_messages(limit=10) == 1


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("010-1234-5678", "01012345678"),
        ("+82 10 1234 5678", "+821012345678"),
        ("nobody", ""),
        ("", ""),
        ("119", ""),
    ],
)
def test_a_number_is_dialled_or_refused(typed: str, dialled: str) -> None:
    assert sms.dialled(typed) == dialled


def test_the_adapters_of_a_demonstration_write_and_log(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DATA_DIR = tmp_path
    settings.SMS_ADAPTER = "ccs.services.sms.OutboxAdapter"
    assert sms.send("010-1234-5678", "가" * 500)
    written = next((tmp_path / "outbox").glob("sms-*.log")).read_bytes()
    assert b"01012345678" in written
    settings.SMS_ADAPTER = "ccs.services.sms.ConsoleAdapter"
    with caplog.at_level("INFO"):
        assert sms.send("010-1234-5678", "hello")
    assert "hello" in caplog.text
    assert "01012345678" not in caplog.text
    assert not sms.send("", "hello")
