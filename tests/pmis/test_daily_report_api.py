"""The API for people in projects: the same rights and rules as the pages, and harmless repeats."""

from __future__ import annotations

import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from ccs.models import History
from ccs.services.tokens import issue_token, revoke_token
from pmis.models import DailyReport, IdempotencyKey, Photo, RecordState
from pmis.roles import Role
from tests.factories.ccs import UserFactory, first_rules
from tests.factories.pmis import Site
from tests.pmis.photo_files import jpeg

pytestmark = pytest.mark.django_db
DAY = "2026-11-20"
REPORTS = "/api/v1/pmis/daily-reports/"


def send(client: Client, path: str, data: Any, method: str = "post", **headers: str) -> Any:
    return getattr(client, method)(
        path, json.dumps(data), content_type="application/json", headers=headers
    )


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(report: DailyReport, action: str = "") -> str:
    return f"{REPORTS}{report.public_id}/{action + '/' if action else ''}"


def new_report(site: Site, **fields: Any) -> dict[str, Any]:
    return {"project": str(site.project.public_id), "date": DAY, **fields}


def test_nobody_asks_unnamed(client: Client, site: Site) -> None:
    for path in ("/api/v1/pmis/projects/", REPORTS):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_key_signs_in_until_it_is_revoked(client: Client, site: Site) -> None:
    token, key = issue_token(user=site[Role.SITE_AGENT], name="script", days=1)
    for scheme in ("Token", "Bearer"):
        answer = client.get(REPORTS, headers={"authorization": f"{scheme} {key}"})
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
    revoke_token(token=token)
    assert client.get(REPORTS, headers={"authorization": f"Token {key}"}).status_code == 401


def test_what_a_key_changes_bears_the_person_in_the_history(client: Client, site: Site) -> None:
    agent = site[Role.SITE_AGENT]
    _token, key = issue_token(user=agent, name="script", days=1)
    answer = send(
        client, REPORTS, new_report(site, work_summary="거치"), authorization=f"Token {key}"
    )
    assert answer.status_code == 201
    row = History.objects.filter(table="pmis_dailyreport").order_by("id").first()
    assert row.actor_id == agent.pk and "API" in row.origin
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('ccs.actor', true)")
        assert cursor.fetchone()[0] in ("", None)


def test_session_needs_the_csrf_token(site: Site) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(site[Role.SITE_AGENT])
    assert send(client, REPORTS, new_report(site)).status_code == 403


def test_people_see_their_own_projects_only(site: Site, other_site: Site) -> None:
    client = client_of(site[Role.SITE_AGENT])
    rows = client.get("/api/v1/pmis/projects/").json()["results"]
    assert [row["public_id"] for row in rows] == [str(site.project.public_id)]
    theirs = f"/api/v1/pmis/projects/{other_site.project.public_id}/"
    assert client.get(theirs).status_code == 404
    mine = client.get(f"/api/v1/pmis/projects/{site.project.public_id}/").json()
    assert mine["roles"] == ["site_agent"]
    executive = client_of(UserFactory(office_role="executive"))
    assert len(executive.get("/api/v1/pmis/projects/").json()["results"]) == 2


def test_report_is_written_submitted_confirmed_and_approved(site: Site) -> None:
    agent = client_of(site[Role.SITE_AGENT])
    answer = send(
        agent,
        REPORTS,
        new_report(
            site,
            weather_am="clear",
            work_summary="3번 교각 거더 거치",
            work_lines=[{"activity": "거더 거치", "quantity": "1.000", "unit": "개"}],
            workforce_lines=[{"trade": "철근공", "count": 12}],
            equipment_lines=[{"type": "크레인", "count": 1, "plate": "12가3456"}],
        ),
    )
    assert answer.status_code == 201, answer.json()
    report = answer.json()
    path = f"{REPORTS}{report['public_id']}/"
    assert answer.headers["Location"] == path
    assert report["actions"] == ["submit"]
    changed = send(
        agent,
        path,
        {
            "revision": report["revision"],
            "workforce_lines": [{"trade": "철근공", "count": 14}, {"trade": "비계공", "count": 2}],
        },
        "patch",
    ).json()
    assert [line["count"] for line in changed["workforce_lines"]] == [14, 2]
    assert changed["work_summary"] == "3번 교각 거더 거치"
    assert send(agent, f"{path}submit/", {}).json()["state"] == "submitted"
    supervisor, officer = client_of(site[Role.SUPERVISOR]), client_of(site[Role.OFFICER])
    waiting = supervisor.get(REPORTS, {"waiting_for_me": "true"}).json()["results"]
    assert [row["public_id"] for row in waiting] == [report["public_id"]]
    assert send(supervisor, f"{path}confirm/", {}).json()["state"] == "confirmed"
    approved = send(officer, f"{path}approve/", {"comment": "좋습니다"}).json()
    assert approved["state"] == "approved" and approved["number"] == 1
    assert [step["action"] for step in approved["steps"]] == ["submit", "confirm", "approve"]


def test_internal_ids_never_appear(site: Site) -> None:
    site.schedule(RecordState.APPROVED)
    client = client_of(site[Role.SITE_AGENT])
    organization = site[Role.SITE_AGENT].organization
    answer = send(
        client,
        REPORTS,
        new_report(
            site,
            work_lines=[
                {
                    "work_item": "A1",
                    "activity": "거더 거치",
                    "quantity": "1",
                    "organization": str(organization.public_id),
                }
            ],
        ),
    ).json()
    line = answer["work_lines"][0]
    assert (line["work_item"], line["organization"]) == ("A1", str(organization.public_id))
    assert "id" not in answer and "id" not in line


def test_work_items_of_other_projects_are_unknown(site: Site, other_site: Site) -> None:
    other_site.schedule(RecordState.APPROVED)
    client = client_of(site[Role.SITE_AGENT])
    lines = [{"work_item": "A1", "activity": "거더 거치"}]
    answer = send(client, REPORTS, new_report(site, work_lines=lines))
    assert answer.status_code == 400
    assert "A1" in json.dumps(answer.json())


def test_photos_of_other_projects_are_unknown(site: Site, other_site: Site) -> None:
    photo = Photo.objects.create(
        project=other_site.project, uploader=other_site[Role.SITE_AGENT], caption="x"
    )
    client = client_of(site[Role.SITE_AGENT])
    lines = [{"photo": str(photo.public_id)}]
    assert send(client, REPORTS, new_report(site, report_photos=lines)).status_code == 400


def test_the_day_gets_one_report(site: Site) -> None:
    client = client_of(site[Role.SITE_AGENT])
    first = send(client, REPORTS, new_report(site))
    again = send(client, REPORTS, new_report(site))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["public_id"] == again.json()["public_id"]
    other = send(client, REPORTS, new_report(site, work_summary="다른 내용"))
    assert other.status_code == 409
    assert other.json()["report"].endswith(f"{first.json()['public_id']}/")


def test_new_report_may_begin_with_the_one_before(site: Site) -> None:
    site.report(RecordState.SUBMITTED, date=datetime.date(2026, 11, 19))
    client = client_of(site[Role.SITE_AGENT])
    answer = send(client, REPORTS, new_report(site, copy_previous=True)).json()
    assert [line["trade"] for line in answer["workforce_lines"]] == ["철근공"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"date": DAY}, "project"),
        ({"project": "x", "date": DAY}, "project"),
        ({"date": "20 November"}, "date"),
        ({"date": "2999-01-01"}, "date"),
        ({"date": DAY, "weather_am": "lovely"}, "weather_am"),
        ({"date": DAY, "workforce_lines": [{"trade": "철근공", "count": -1}]}, "workforce_lines"),
        ({"date": DAY, "temperature_min": 9, "temperature_max": 1}, ""),
    ],
)
def test_wrong_data_answers_400_and_names_the_field(
    site: Site, data: dict[str, Any], field: str
) -> None:
    if "project" not in data and field != "project":
        data = {"project": str(site.project.public_id), **data}
    answer = send(client_of(site[Role.SITE_AGENT]), REPORTS, data)
    assert answer.status_code == 400
    assert field in json.dumps(answer.json()["errors"])
    assert not DailyReport.objects.exists()


@pytest.mark.parametrize("body", ["[]", "[1]", "null", '"text"', "7", "{", '{"project": {}}'])
def test_body_that_is_no_report_answers_400(site: Site, body: str) -> None:
    report = site.report()
    client = client_of(site[Role.SITE_AGENT])
    kind = "application/json"
    assert client.post(REPORTS, body, content_type=kind).status_code == 400
    assert client.patch(address(report), body, content_type=kind).status_code == 400
    answer = client.post(address(report, "correct"), body, content_type=kind)
    assert answer.status_code == 400


@pytest.mark.parametrize("role", [role for role in Role if role not in ("site_agent", "engineer")])
def test_other_roles_do_not_begin_reports(site: Site, role: str) -> None:
    if role not in site.people:
        pytest.skip("nobody holds this role in the example")
    answer = send(client_of(site[role]), REPORTS, new_report(site))
    assert answer.status_code == 403


def test_strangers_do_not_find_the_project(site: Site, other_site: Site) -> None:
    stranger = client_of(other_site[Role.SITE_AGENT])
    report = site.report(RecordState.SUBMITTED)
    assert send(stranger, REPORTS, new_report(site)).status_code == 404
    assert stranger.get(address(report)).status_code == 404
    for action in ("submit", "confirm", "approve", "return", "recall", "correct", "photos"):
        assert send(stranger, address(report, action), {}).status_code in (404, 415)


@pytest.mark.parametrize(
    ("state", "role", "action", "status"),
    [
        ("draft", Role.SUPERVISOR, "submit", 403),
        ("draft", Role.SITE_AGENT, "submit", 200),
        ("draft", Role.OFFICER, "approve", 409),
        ("submitted", Role.SITE_AGENT, "submit", 409),
        ("submitted", Role.SITE_AGENT, "confirm", 403),
        ("submitted", Role.SITE_AGENT, "recall", 200),
        ("submitted", Role.OFFICER, "confirm", 403),
        ("submitted", Role.SUPERVISOR, "confirm", 200),
        ("submitted", Role.OFFICER, "approve", 409),
        ("confirmed", Role.SITE_AGENT, "recall", 409),
        ("confirmed", Role.SUPERVISOR, "approve", 403),
        ("confirmed", Role.OFFICER, "approve", 200),
        ("approved", Role.OFFICER, "approve", 409),
    ],
)
def test_steps_answer_as_role_and_state_permit(
    site: Site, state: str, role: str, action: str, status: int
) -> None:
    report = site.report(state)
    answer = send(client_of(site[role]), address(report, action), {})
    assert answer.status_code == status, answer.json()
    if status != 200:
        assert answer.headers["Content-Type"] == "application/problem+json"
        report.refresh_from_db()
        assert report.state == state


def test_return_needs_its_reason(site: Site) -> None:
    report = site.report(RecordState.SUBMITTED)
    client = client_of(site[Role.SUPERVISOR])
    assert send(client, address(report, "return"), {}).status_code == 400
    answer = send(client, address(report, "return"), {"comment": "사진을 더해 주세요"})
    assert answer.json()["state"] == "returned"


def test_step_on_a_report_that_changed_meanwhile_is_refused(site: Site) -> None:
    report = site.report(RecordState.SUBMITTED)
    client = client_of(site[Role.SUPERVISOR])
    answer = send(client, address(report, "confirm"), {"revision": report.revision + 1})
    assert answer.status_code == 409


def test_stale_change_is_refused_and_loses_nothing(site: Site) -> None:
    report = site.report()
    client = client_of(site[Role.SITE_AGENT])
    first = {"revision": report.revision, "work_summary": "먼저"}
    assert send(client, address(report), first, "patch").status_code == 200
    answer = send(
        client, address(report), {"revision": report.revision, "work_summary": "나중"}, "patch"
    )
    assert answer.status_code == 409
    report.refresh_from_db()
    assert report.work_summary == "먼저"
    assert send(client, address(report), {"work_summary": "없음"}, "patch").status_code == 400


def test_life_of_a_report_cannot_be_written(site: Site) -> None:
    report = site.report()
    client = client_of(site[Role.SITE_AGENT])
    data = {
        "revision": report.revision,
        "state": "approved",
        "number": 99,
        "is_late": True,
        "actual_rate": "99.00",
        "date": "2020-01-01",
    }
    send(client, address(report), data, "patch")
    report.refresh_from_db()
    assert (report.state, report.number, report.is_late) == ("draft", None, False)
    assert str(report.date) == DAY and report.actual_rate is None


def test_approved_report_is_corrected_by_a_new_version(site: Site) -> None:
    report = site.report(RecordState.APPROVED)
    client = client_of(site[Role.SITE_AGENT])
    assert send(client, address(report), {"revision": 1}, "patch").status_code == 409
    assert send(client, address(report, "correct"), {}).status_code == 400
    answer = send(client, address(report, "correct"), {"reason": "수량을 잘못 적었습니다"})
    assert answer.status_code == 201
    assert (answer.json()["version_no"], answer.json()["state"]) == (2, "draft")
    assert answer.json()["workforce_lines"][0]["count"] == 12


def test_photo_is_added_to_a_report_in_work(site: Site, settings: Any, tmp_path: Any) -> None:
    report = site.report()
    client = client_of(site[Role.SITE_AGENT])
    file = SimpleUploadedFile("girder.jpg", jpeg(), content_type="image/jpeg")
    answer = client.post(address(report, "photos"), {"file": file, "caption": "거더 인양"})
    assert answer.status_code == 201, answer.json()
    listed = client.get(address(report, "photos")).json()
    assert [photo["public_id"] for photo in listed] == [answer.json()["public_id"]]
    shown = client.get(address(report)).json()["report_photos"]
    assert shown[0]["caption"] == "거더 인양"


def test_no_photo_is_added_to_a_locked_report(site: Site) -> None:
    report = site.report(RecordState.APPROVED)
    file = SimpleUploadedFile("girder.jpg", jpeg(), content_type="image/jpeg")
    answer = client_of(site[Role.SITE_AGENT]).post(address(report, "photos"), {"file": file})
    assert answer.status_code == 409
    assert not Photo.objects.exists()


def test_a_text_is_no_photo(site: Site) -> None:
    file = SimpleUploadedFile("virus.jpg", b"#!/bin/sh", content_type="image/jpeg")
    answer = client_of(site[Role.SITE_AGENT]).post(address(site.report(), "photos"), {"file": file})
    assert answer.status_code == 400


def test_same_key_and_body_gets_the_stored_answer(site: Site) -> None:
    client, key = client_of(site[Role.SITE_AGENT]), str(uuid4())
    body = new_report(site, work_summary="거치")
    first = send(client, REPORTS, body, **{"idempotency-key": key})
    again = send(client, REPORTS, body, **{"idempotency-key": key})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert DailyReport.objects.count() == 1


def test_same_key_with_another_body_is_refused(site: Site) -> None:
    client, key = client_of(site[Role.SITE_AGENT]), str(uuid4())
    send(client, REPORTS, new_report(site), **{"idempotency-key": key})
    other = send(client, REPORTS, new_report(site, date="2026-11-19"), **{"idempotency-key": key})
    assert other.status_code == 422
    assert DailyReport.objects.count() == 1


def test_keys_of_two_people_are_two_keys(site: Site, other_site: Site) -> None:
    key = str(uuid4())
    for place in (site, other_site):
        client = client_of(place[Role.SITE_AGENT])
        answer = send(client, REPORTS, new_report(place), **{"idempotency-key": key})
        assert answer.status_code == 201


def test_failure_is_not_stored_and_leaves_nothing(site: Site) -> None:
    client, key = client_of(site[Role.SITE_AGENT]), str(uuid4())
    bad = send(client, REPORTS, new_report(site, date="2999-01-01"), **{"idempotency-key": key})
    assert bad.status_code == 400
    assert not IdempotencyKey.objects.exists()
    good = send(client, REPORTS, new_report(site), **{"idempotency-key": key})
    assert good.status_code == 201


def test_repeated_step_is_taken_once(site: Site) -> None:
    report, key = site.report(), str(uuid4())
    client = client_of(site[Role.SITE_AGENT])
    answers = [
        send(client, address(report, "submit"), {}, **{"idempotency-key": key}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_repeated_photo_is_added_once(site: Site) -> None:
    report, key = site.report(), str(uuid4())
    client = client_of(site[Role.SITE_AGENT])
    for _attempt in range(2):
        file = SimpleUploadedFile("girder.jpg", jpeg(), content_type="image/jpeg")
        answer = client.post(
            address(report, "photos"), {"file": file}, headers={"idempotency-key": key}
        )
        assert answer.status_code == 201
    assert Photo.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_repeats_at_once_make_one_report(site: Site) -> None:
    first_rules()
    key = str(uuid4())
    _token, secret = issue_token(user=site[Role.SITE_AGENT], name="script", days=1)
    body = new_report(site, work_summary="거치", workforce_lines=[{"trade": "철근공", "count": 3}])

    def repeat(_number: int) -> tuple[int, str | None]:
        try:
            answer = send(
                Client(),
                REPORTS,
                body,
                **{"idempotency-key": key, "authorization": f"Token {secret}"},
            )
            return answer.status_code, answer.json().get("public_id")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(repeat, range(20)))
    assert {status for status, _made in answers} <= {201, 409}
    assert len({made for status, made in answers if status == 201}) == 1
    assert DailyReport.objects.count() == 1
    assert repeat(21)[0] == 201


def test_list_asks_few_queries_however_long(site: Site, django_assert_max_num_queries: Any) -> None:
    for day in range(1, 8):
        site.report(date=datetime.date(2026, 11, day))
    client = client_of(site[Role.SITE_AGENT])
    with django_assert_max_num_queries(6):
        assert len(client.get(REPORTS).json()["results"]) == 7


def test_list_is_filtered_and_paged_by_key(site: Site) -> None:
    for day in range(1, 6):
        site.report(date=datetime.date(2026, 11, day))
    client = client_of(site[Role.SITE_AGENT])
    first = client.get(REPORTS, {"page_size": 3, "date_to": "2026-11-04"}).json()
    rest = client.get(first["next"]).json()
    dates = [row["date"] for row in first["results"] + rest["results"]]
    assert dates == ["2026-11-04", "2026-11-03", "2026-11-02", "2026-11-01"]
    assert client.get(REPORTS, {"state": "approved"}).json()["results"] == []
    assert client.get(REPORTS, {"state": "lost"}).status_code == 400


def test_addresses_have_names(site: Site) -> None:
    report = site.report()
    for action in ("submit", "recall", "confirm", "approve", "return", "correct"):
        name = f"api-pmis-daily-report-{action}"
        assert reverse(name, args=[report.public_id]) == address(report, action)
