"""What was written without a network comes in once, in any order, and overwrites nothing."""

from __future__ import annotations

import datetime
import io
import json
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from ccs.models import User
from pmis.models import DailyReport, Draft, Photo, ReceivedDraft, ReceivedPhoto
from pmis.offline_kit import device_key
from pmis.roles import Role
from pmis.services.daily_reports import open_daily_report, save_daily_report
from tests.factories.pmis import ParticipantFactory, Site, make_site

DAY = "2026-11-20"
NOW = "2026-11-20T17:00:00+09:00"
KIT = "/api/v1/pmis/offline/"
DRAFTS = f"{KIT}drafts/"
PHOTOS = f"{KIT}photos/"


@pytest.fixture(autouse=True)
def _friday_afternoon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def agent(site: Site, as_user: Callable[[User], Client]) -> Client:
    return as_user(site[Role.SITE_AGENT])


def draft_body(site: Site, fields: dict[str, str] | None = None, **extra: Any) -> dict[str, Any]:
    """Return a draft of the day as a device sends it."""
    written = {
        "weather_am": "rain",
        "work_summary": "거더 거치",
        "workforce_lines-0-trade": "철근공",
        "workforce_lines-0-count": "12",
        **(fields or {}),
    }
    return {
        "project": str(site.project.public_id),
        "record_type": "daily_report",
        "key": DAY,
        "edition": 1,
        "revision": None,
        "fields_sent": urlencode(written),
        **extra,
    }


def send(client: Client, body: dict[str, Any], client_id: UUID | str) -> HttpResponse:
    return client.post(
        DRAFTS,
        json.dumps(body),
        content_type="application/json",
        headers={"idempotency-key": str(client_id)},
    )


def send_photo(
    client: Client, site: Site, draft: UUID, client_id: UUID, colour: str = "grey", **extra: Any
) -> HttpResponse:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "JPEG")
    file = SimpleUploadedFile("site.jpg", content.getvalue(), content_type="image/jpeg")
    body = {
        "project": str(site.project.public_id),
        "record_type": "daily_report",
        "draft": str(draft),
        "file": file,
        **extra,
    }
    return client.post(PHOTOS, body, headers={"idempotency-key": str(client_id)})


# -- Drafts -------------------------------------------------------------------------------------


def test_a_draft_is_saved_as_its_form_would_save_it(site: Site, agent: Client) -> None:
    answer = send(agent, draft_body(site), uuid4())
    assert answer.status_code == 200, answer.content
    report = DailyReport.objects.get()
    assert answer.json()["outcome"] == "saved"
    assert answer.json()["url"] == reverse("pmis:daily-report-detail", args=[report.public_id])
    assert report.author == site[Role.SITE_AGENT]
    assert report.work_summary == "거더 거치"
    assert report.workforce_lines.get().count == 12
    assert ReceivedDraft.objects.get().fields == {}


def test_a_repeat_gets_the_same_answer_and_changes_nothing(site: Site, agent: Client) -> None:
    client_id, body = uuid4(), draft_body(site)
    first = send(agent, body, client_id).json()
    again = [send(agent, body, client_id).json() for _ in range(3)]
    assert again == [first] * 3
    report = DailyReport.objects.get()
    assert report.revision == 2 and ReceivedDraft.objects.count() == 1


def test_a_later_edition_is_saved_and_an_older_one_changes_nothing(
    site: Site, agent: Client
) -> None:
    client_id = uuid4()
    send(agent, draft_body(site), client_id)
    newer = draft_body(site, {"work_summary": "바닥판 철근"}, edition=3)
    assert send(agent, newer, client_id).json()["outcome"] == "saved"
    late = draft_body(site, {"work_summary": "늦게 온 것"}, edition=2)
    assert send(agent, late, client_id).json()["edition"] == 3
    assert DailyReport.objects.get().work_summary == "바닥판 철근"


def test_one_id_never_names_two_texts_or_two_projects(
    site: Site, agent: Client, as_user: Callable[[User], Client]
) -> None:
    client_id = uuid4()
    send(agent, draft_body(site), client_id)
    other = draft_body(site, {"work_summary": "다른 글"})
    assert send(agent, other, client_id).status_code == 422
    elsewhere = make_site()
    ParticipantFactory(project=elsewhere.project, user=site[Role.SITE_AGENT])
    assert send(agent, draft_body(elsewhere, edition=2), client_id).status_code == 422
    assert DailyReport.objects.get().work_summary == "거더 거치"


def test_two_people_may_have_the_same_id(
    site: Site, other_site: Site, agent: Client, as_user: Callable[[User], Client]
) -> None:
    client_id = uuid4()
    send(agent, draft_body(site), client_id)
    second = as_user(other_site[Role.SITE_AGENT])
    assert send(second, draft_body(other_site), client_id).json()["outcome"] == "saved"
    assert DailyReport.objects.count() == 2


# -- What cannot be saved is kept ---------------------------------------------------------------


def test_a_text_about_a_newer_record_is_kept_beside_it(site: Site, agent: Client) -> None:
    save = {"weather_am": "clear", "work_summary": "이미 쓴 글"}
    report = open_daily_report(
        project=site.project, date=datetime.date(2026, 11, 20), by=site[Role.ENGINEER]
    )
    save_daily_report(report=report, fields=save, by=site[Role.ENGINEER])
    client_id = uuid4()
    answer = send(agent, draft_body(site), client_id).json()
    assert answer["outcome"] == "conflict"
    assert DailyReport.objects.get().work_summary == "이미 쓴 글"
    page = agent.get(answer["url"]).content.decode()
    assert "이미 쓴 글" in page and "거더 거치" in page
    mine = agent.post(answer["url"], {"keep": "mine"})
    assert mine["Location"] == form_url(site)
    shown = agent.get(mine["Location"]).content.decode()
    assert "거더 거치" in shown and f'name="client_id" value="{client_id}"' in shown
    # Still nothing overwritten: that is done by saving the form.
    assert DailyReport.objects.get().work_summary == "이미 쓴 글"
    second = draft_body(site, edition=2, revision=2)
    assert send(agent, second, client_id).json()["outcome"] == "saved"
    assert DailyReport.objects.get().work_summary == "거더 거치"


def form_url(site: Site) -> str:
    return reverse("pmis:daily-report-write", args=[site.project.public_id, DAY])


def test_the_author_can_keep_the_version_of_the_server(site: Site, agent: Client) -> None:
    site.report(work_summary="서버의 글")
    DailyReport.objects.update(revision=2)
    answer = send(agent, draft_body(site), client_id := uuid4()).json()
    assert agent.post(answer["url"], {"keep": "theirs"}).status_code == 302
    received = ReceivedDraft.objects.get()
    assert (received.outcome, received.fields) == ("dropped", {})
    assert send(agent, draft_body(site, edition=5), client_id).json()["outcome"] == "dropped"
    assert agent.post(answer["url"], {"keep": "mine"}).status_code == 409


@pytest.mark.parametrize("state", ["submitted", "confirmed", "approved"])
def test_a_decided_or_submitted_record_is_never_written_into(
    site: Site, agent: Client, state: str
) -> None:
    report = site.report(state, work_summary="제출한 글")
    body = draft_body(site, revision=report.revision)
    answer = send(agent, body, uuid4()).json()
    assert answer["outcome"] == "conflict"
    report.refresh_from_db()
    assert (report.work_summary, report.state) == ("제출한 글", state)
    assert 'name="keep" value="mine"' not in agent.get(answer["url"]).content.decode()
    assert agent.post(answer["url"], {"keep": "mine"}).status_code == 409


def test_a_text_to_be_mended_waits_in_the_form_with_its_problems(site: Site, agent: Client) -> None:
    body = draft_body(site, {"temperature_min": "20", "temperature_max": "3"})
    answer = send(agent, body, client_id := uuid4()).json()
    assert answer["outcome"] == "invalid" and not DailyReport.objects.exists()
    body = draft_body(site, {"temperature_min": "cold"}, edition=2)
    answer = send(agent, body, client_id).json()
    page = agent.get(answer["url"]).content.decode()
    assert 'value="cold"' in page and 'href="#id_temperature_min"' in page
    mended = {"work_summary": "거더 거치", "client_id": str(client_id), "save": "1"}
    assert agent.post(form_url(site), mended).status_code == 302
    received = ReceivedDraft.objects.get()
    assert (received.outcome, received.fields) == ("saved", {})
    assert send(agent, draft_body(site, edition=3), client_id).json()["outcome"] == "saved"


def test_an_unsaved_form_of_another_device_is_never_replaced(site: Site, agent: Client) -> None:
    draft_url = f"{form_url(site)}draft/"
    agent.post(draft_url, {"work_summary": "책상에서 쓰던 글", "client_id": str(uuid4())})
    answer = send(agent, draft_body(site, {"temperature_min": "cold"}), uuid4()).json()
    assert answer["outcome"] == "conflict"
    assert Draft.objects.get().fields["work_summary"] == ["책상에서 쓰던 글"]
    page = agent.get(answer["url"]).content.decode()
    assert "책상에서 쓰던 글" in page and "cold" in page
    # A text that can be saved leaves that form alone, which will find the record newer.
    other = {"work_summary": "현장에서"}
    assert send(agent, draft_body(site, other), uuid4()).json()["outcome"] == "saved"
    assert Draft.objects.get().fields["work_summary"] == ["책상에서 쓰던 글"]


# -- Who may ------------------------------------------------------------------------------------


def test_only_writers_of_the_project_send(
    site: Site, other_site: Site, as_user: Callable[[User], Client], client: Client
) -> None:
    assert send(client, draft_body(site), uuid4()).status_code == 401
    assert send(as_user(other_site["site_agent"]), draft_body(site), uuid4()).status_code == 404
    assert send(as_user(site[Role.SUPERVISOR]), draft_body(site), uuid4()).status_code == 403
    assert not DailyReport.objects.exists() and not ReceivedDraft.objects.exists()


def test_a_received_draft_is_seen_by_its_author_only(
    site: Site, agent: Client, as_user: Callable[[User], Client]
) -> None:
    site.report("submitted")
    answer = send(agent, draft_body(site), uuid4()).json()
    for role in (Role.ENGINEER, Role.SUPERVISOR, Role.OFFICER):
        assert as_user(site[role]).get(answer["url"]).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"record_type": "schedule"}, 400),
        ({"record_type": "nothing"}, 400),
        ({"edition": 0}, 400),
        ({"key": "2026-11-21"}, 404),
        ({"key": "today"}, 404),
        ({"project": "x"}, 400),
    ],
)
def test_what_no_form_would_send_is_refused(
    site: Site, agent: Client, body: dict[str, Any], status: int
) -> None:
    assert send(agent, draft_body(site, **body), uuid4()).status_code == status
    assert send(agent, draft_body(site), "no-uuid").status_code == 400
    assert not ReceivedDraft.objects.exists()


def test_sending_needs_a_token_of_the_session(site: Site) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(site[Role.SITE_AGENT])
    assert send(client, draft_body(site), uuid4()).status_code == 403
    token = client.get(KIT).json()["csrf_token"]
    headers = {"idempotency-key": str(uuid4()), "x-csrftoken": token}
    answer = client.post(
        DRAFTS, json.dumps(draft_body(site)), content_type="application/json", headers=headers
    )
    assert answer.status_code == 200


# -- Photos -------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["photos first", "draft first", "draft between"])
def test_photos_come_into_their_record_in_any_order(site: Site, agent: Client, order: str) -> None:
    draft, photos = uuid4(), [uuid4(), uuid4()]
    steps: list[Callable[[], Any]] = [
        lambda: send_photo(agent, site, draft, photos[0], "red", position=0, caption="거더"),
        lambda: send_photo(agent, site, draft, photos[1], "blue", position=1),
    ]
    place = {"photos first": 2, "draft first": 0, "draft between": 1}[order]
    steps.insert(place, lambda: send(agent, draft_body(site), draft))
    for step in steps + steps:
        assert step().status_code == 200
    report = DailyReport.objects.get()
    named = [line.photo for line in report.report_photos.order_by("order", "id")]
    assert [photo.caption for photo in named] == ["거더", ""]
    assert Photo.objects.count() == 2
    assert set(ReceivedPhoto.objects.values_list("outcome", flat=True)) == {"attached"}


def test_photos_of_a_sent_draft_do_not_make_its_next_edition_a_conflict(
    site: Site, agent: Client
) -> None:
    draft = uuid4()
    send(agent, draft_body(site), draft)
    send_photo(agent, site, draft, uuid4())
    newer = draft_body(site, {"work_summary": "더 쓴 글"}, edition=2)
    assert send(agent, newer, draft).json()["outcome"] == "saved"
    report = DailyReport.objects.get()
    assert report.work_summary == "더 쓴 글"


def test_a_photo_that_comes_after_the_submission_stays_in_the_album(
    site: Site, agent: Client
) -> None:
    draft = uuid4()
    send(agent, draft_body(site), draft)
    site.lead(DailyReport.objects.get(), "submitted")
    assert send_photo(agent, site, draft, uuid4()).json()["outcome"] == "album"
    assert Photo.objects.count() == 1
    assert not DailyReport.objects.get().report_photos.exists()


def test_a_file_that_is_no_photo_is_refused_with_a_sentence(site: Site, agent: Client) -> None:
    file = SimpleUploadedFile("notes.jpg", b"not a picture")
    client_id, draft = uuid4(), uuid4()
    for _ in range(2):
        file.seek(0)
        answer = send_photo(agent, site, draft, client_id, file=file).json()
        assert answer["outcome"] == "refused" and "notes.jpg" in answer["sentence"]
    assert not Photo.objects.exists() and ReceivedPhoto.objects.count() == 1


def test_one_id_never_names_two_photos(site: Site, agent: Client) -> None:
    client_id, draft = uuid4(), uuid4()
    send_photo(agent, site, draft, client_id, "red")
    assert send_photo(agent, site, draft, client_id, "blue").status_code == 422
    assert send_photo(agent, site, uuid4(), client_id, "red").status_code == 422
    assert Photo.objects.count() == 1


# -- What is taken along ------------------------------------------------------------------------


def test_a_person_takes_along_the_forms_they_may_fill_in(
    site: Site, agent: Client, as_user: Callable[[User], Client]
) -> None:
    kit = agent.get(KIT).json()
    report = next(form for form in kit["forms"] if form["record_type"] == "daily_report")
    assert report["project"] == str(site.project.public_id)
    assert kit["user"] == device_key(site[Role.SITE_AGENT])
    for form in kit["forms"]:
        page = agent.get(form["url"])
        assert page.status_code == 200
        assert "data-shell" in page.content.decode()
    auditor = as_user(site[Role.AUDITOR]).get(KIT).json()
    assert auditor["forms"] == []
    assert as_user(site[Role.AUDITOR]).get(report["url"]).status_code == 403


def test_an_empty_form_holds_nothing_that_anybody_wrote(site: Site, agent: Client) -> None:
    site.report(
        date=datetime.date(2026, 11, 19),
        work_summary="어제의 글",
        worker_names="홍길동",
        internal_remarks="안의 말",
    )
    url = reverse("pmis:offline-form", args=[site.project.public_id, "daily-reports"])
    page = agent.get(url).content.decode()
    for text in ("어제의 글", "홍길동", "안의 말", "철근공"):
        assert text not in page
    assert agent.get(url.replace("daily-reports", "schedules")).status_code == 404


def test_the_service_worker_stays_below_the_working_side(agent: Client) -> None:
    answer = agent.get("/pmis/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer.headers
    assert "importScripts" in answer.content.decode()
    described = agent.get("/pmis/manifest.webmanifest").json()
    assert described["scope"] == described["start_url"] == "/pmis/"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]


# -- Many, at once, again and out of order ------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_three_hundred_drafts_replayed_by_threads_are_none_lost_and_none_doubled() -> None:
    site = make_site()
    people = [site[Role.SITE_AGENT], site[Role.ENGINEER]]
    first = datetime.date(2026, 11, 20)
    sends = []
    for number in range(300):
        body = draft_body(
            site,
            {"work_summary": f"{number}번째"},
            key=(first - datetime.timedelta(days=number)).isoformat(),
        )
        sends += [(people[number % 2], body, uuid4())] * 3
    random.Random(7).shuffle(sends)
    failed: list[Any] = []

    def replay(part: list[Any]) -> None:
        clients = {person: Client() for person in people}
        for person, client in clients.items():
            client.force_login(person)
        for person, body, client_id in part:
            answer = send(clients[person], body, client_id)
            if answer.status_code != 200 or answer.json()["outcome"] != "saved":
                failed.append(answer.content)
        for alias in connections:
            connections[alias].close()

    threads = [threading.Thread(target=replay, args=(sends[part::4],)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    reports = DailyReport.objects.filter(project=site.project)
    assert reports.count() == ReceivedDraft.objects.count() == 300
    assert {report.work_summary for report in reports} == {f"{n}번째" for n in range(300)}
    assert set(reports.values_list("revision", flat=True)) == {2}
