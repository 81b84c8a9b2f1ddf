"""The form in the rain, and the pages of reports: nothing typed is ever lost."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from ccs.models import User
from pmis.models import DailyReport, Draft, Photo, RecordState
from pmis.roles import Role
from tests.factories.pmis import Site

DAY = datetime.date(2026, 11, 20)
NOW = "2026-11-20T17:00:00+09:00"


@pytest.fixture(autouse=True)
def _friday_afternoon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agent(site: Site, as_user: Callable[[User], Client]) -> Client:
    return as_user(site[Role.SITE_AGENT])


def form_url(site: Site, day: datetime.date = DAY) -> str:
    return reverse("pmis:daily-report-write", args=[site.project.public_id, day.isoformat()])


def written(**extra: Any) -> dict[str, Any]:
    return {
        "weather_am": "rain",
        "temperature_min": "3",
        "temperature_max": "11.5",
        "work_summary": "3번 교각 거더 거치",
        "work_lines-0-activity": "거더 거치",
        "work_lines-0-quantity": "1,2",
        "workforce_lines-0-trade": "철근공",
        "workforce_lines-0-count": "12",
        **extra,
    }


def picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(content, "JPEG")
    return SimpleUploadedFile("site.jpg", content.getvalue(), content_type="image/jpeg")


def test_reading_the_form_makes_no_record(site: Site, agent: Client) -> None:
    assert agent.get(form_url(site)).status_code == 200
    assert not DailyReport.objects.exists()


def test_next_saves_the_report_and_leads_to_the_check_page(site: Site, agent: Client) -> None:
    response = agent.post(form_url(site), written(next="1"))
    report = DailyReport.objects.get()
    assert response["Location"] == reverse("pmis:daily-report-check", args=[report.public_id])
    assert str(report.temperature_max) == "11.5"
    assert report.work_lines.get().quantity == 12
    assert report.workforce_lines.get().foreign_count == 0
    assert not Draft.objects.exists()
    page = agent.get(response["Location"]).content.decode()
    assert "거더 거치" in page and "철근공" in page


def test_save_and_leave_leads_to_the_report(site: Site, agent: Client) -> None:
    response = agent.post(form_url(site), written(save="1"))
    report = DailyReport.objects.get()
    assert response["Location"] == reverse("pmis:daily-report-detail", args=[report.public_id])


def test_empty_lines_are_left_out(site: Site, agent: Client) -> None:
    blank = {"workforce_lines-1-trade": "", "equipment_lines-0-type": "", "visitors-0-body": ""}
    agent.post(form_url(site), written(save="1", **blank))
    report = DailyReport.objects.get()
    assert report.workforce_lines.count() == 1
    assert not report.equipment_lines.exists() and not report.visitors.exists()


def test_bad_input_comes_back_as_it_was_typed_with_a_summary(site: Site, agent: Client) -> None:
    response = agent.post(
        form_url(site),
        written(save="1", temperature_min="cold", **{"workforce_lines-0-count": "many"}),
    )
    page = response.content.decode()
    assert response.status_code == 400
    assert 'href="#id_temperature_min"' in page
    assert 'href="#id_workforce_lines-0-count"' in page
    assert 'value="cold"' in page and 'value="many"' in page
    assert not DailyReport.objects.exists()
    # Also after the browser was closed.
    assert 'value="cold"' in agent.get(form_url(site)).content.decode()


def test_faults_that_only_the_service_sees_stand_at_their_field(site: Site, agent: Client) -> None:
    response = agent.post(
        form_url(site),
        written(
            save="1",
            temperature_min="20",
            **{
                "workforce_lines-0-trade": "",
                "workforce_lines-0-count": "",
                "workforce_lines-1-trade": "목공",
                "workforce_lines-1-count": "2",
                "workforce_lines-1-foreign_count": "3",
            },
        ),
    )
    page = response.content.decode()
    assert response.status_code == 400
    assert "The highest temperature is below the lowest temperature." in page
    # The blank line before it is left out; the fault still stands at its own line.
    assert 'href="#id_workforce_lines-1-trade"' in page


@pytest.mark.parametrize(
    ("typed", "sign", "counted"),
    [("12", "+1", "13"), ("12", "-1", "11"), ("0", "-1", "0"), ("", "+1", "1"), ("x", "+1", "1")],
)
def test_counters_work_without_a_script(
    site: Site, agent: Client, typed: str, sign: str, counted: str
) -> None:
    field = "workforce_lines-0-count"
    response = agent.post(form_url(site), written(step=f"{field}{sign}", **{field: typed}))
    assert response["Location"] == f"{form_url(site)}#id_{field}"
    page = agent.get(form_url(site)).content.decode()
    assert re.search(rf'name="{field}"[^>]*value="{counted}"', page)
    assert "3번 교각 거더 거치" in page
    assert not DailyReport.objects.exists()


def test_lines_are_added_and_removed_without_a_script(site: Site, agent: Client) -> None:
    response = agent.post(form_url(site), written(add="workforce_lines"))
    assert response["Location"].endswith("#workforce_lines-1")
    page = agent.get(form_url(site)).content.decode()
    assert 'name="workforce_lines-1-trade"' in page
    agent.post(form_url(site), written(remove="workforce_lines-0"))
    page = agent.get(form_url(site)).content.decode()
    assert 'name="workforce_lines-0-trade"' not in page


def test_the_script_keeps_what_is_typed(site: Site, agent: Client) -> None:
    url = reverse("pmis:daily-report-draft", args=[site.project.public_id, DAY.isoformat()])
    answer = agent.post(url, written(work_summary="아직 쓰는 중"))
    assert answer.json()["saved"] is True
    assert "17:00:00" in answer.json()["at"]
    assert "아직 쓰는 중" in agent.get(form_url(site)).content.decode()
    assert Draft.objects.count() == 1 and not DailyReport.objects.exists()
    agent.post(form_url(site), {"discard": "1"})
    assert "아직 쓰는 중" not in agent.get(form_url(site)).content.decode()


def test_the_script_is_told_when_the_session_is_over(site: Site) -> None:
    url = reverse("pmis:daily-report-draft", args=[site.project.public_id, DAY.isoformat()])
    assert Client().post(url, written()).status_code == 401


def test_a_draft_beyond_any_size_is_refused(site: Site, agent: Client) -> None:
    url = reverse("pmis:daily-report-draft", args=[site.project.public_id, DAY.isoformat()])
    assert agent.post(url, {"work_summary": "가" * 500_000}).status_code == 413


def test_a_form_sent_after_the_session_ended_comes_back_after_the_sign_in(site: Site) -> None:
    client = Client()
    response = client.post(form_url(site), written(save="1", work_summary="세션이 끝난 뒤"))
    assert response["Location"].startswith("/accounts/login/")
    client.force_login(site[Role.SITE_AGENT])
    page = client.get(form_url(site)).content.decode()
    assert "세션이 끝난 뒤" in page
    assert Draft.objects.get().author == site[Role.SITE_AGENT]


def test_a_form_kept_for_one_page_never_reaches_another_persons_project(
    site: Site, other_site: Site
) -> None:
    client = Client()
    client.post(form_url(site), written(work_summary="남의 것"))
    client.force_login(other_site[Role.SITE_AGENT])
    assert client.get(form_url(site)).status_code == 404
    assert "남의 것" not in client.get(form_url(other_site)).content.decode()


def test_a_second_writer_is_told_and_loses_nothing(
    site: Site, agent: Client, as_user: Callable[[User], Client]
) -> None:
    report = site.report()
    agent.get(form_url(site))
    engineer = as_user(site[Role.ENGINEER])
    engineer.post(form_url(site), written(save="1", revision=report.revision, work_summary="먼저"))
    response = agent.post(
        form_url(site), written(save="1", revision=report.revision, work_summary="나중")
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody saved this record meanwhile" in page and "나중" in page
    report.refresh_from_db()
    assert report.work_summary == "먼저"
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision is not None
    agent.post(form_url(site), written(save="1", revision=revision[1], work_summary="나중"))
    report.refresh_from_db()
    assert report.work_summary == "나중"


def test_yesterday_is_copied_and_what_differs_is_marked(site: Site, agent: Client) -> None:
    site.report(RecordState.SUBMITTED, date=DAY - datetime.timedelta(days=1))
    page = agent.get(form_url(site)).content.decode()
    assert "Taken from the report of Thursday 19 November 2026" in page
    assert re.search(r'name="workforce_lines-0-count"[^>]*value="12"', page)
    assert "before 12" not in page
    agent.post(
        form_url(site),
        written(step="workforce_lines-0-count+1", **{"workforce_lines-0-count": "13"}),
    )
    page = agent.get(form_url(site)).content.decode()
    assert "before 12 → now 14" in page
    blank = agent.get(f"{form_url(site)}?blank=1").content.decode()
    assert "before 12" in blank


def test_a_blank_form_can_be_chosen(site: Site, agent: Client) -> None:
    site.report(RecordState.SUBMITTED, date=DAY - datetime.timedelta(days=1))
    page = agent.get(f"{form_url(site)}?blank=1").content.decode()
    assert not re.search(r'name="workforce_lines-0-count"[^>]*value="12"', page)


@pytest.fixture
def _private_files(settings: Any, tmp_path: Any) -> None:
    storages = {name: dict(options) for name, options in settings.STORAGES.items()}
    for name in ("default", "public"):
        storages[name]["OPTIONS"] = {"location": tmp_path / name}
    settings.STORAGES = storages


@pytest.mark.usefixtures("_private_files")
def test_photos_go_straight_into_the_report(site: Site, agent: Client) -> None:
    response = agent.post(
        form_url(site),
        written(upload="1", photos=[picture(), picture()], photo_caption=""),
    )
    assert response["Location"].endswith("#report_photos")
    assert Photo.objects.count() == 2
    page = agent.get(form_url(site)).content.decode()
    first, second = Photo.objects.order_by("id")
    assert str(first.public_id) in page and str(second.public_id) in page
    photos = {
        "report_photos-0-photo": str(first.public_id),
        "caption-0": "거더 인양",
        "activity-0": "거더 거치",
        "report_photos-1-photo": str(second.public_id),
        "caption-1": "",
        "activity-1": "",
    }
    agent.post(form_url(site), written(save="1", **photos))
    report = DailyReport.objects.get()
    assert [line.photo for line in report.report_photos.all()] == [first, second]
    first.refresh_from_db()
    assert (first.caption, first.activity) == ("거더 인양", "거더 거치")
    assert default_storage.exists(first.original.name)


@pytest.mark.usefixtures("_private_files")
def test_a_file_that_is_no_photo_is_refused_and_the_text_stays(site: Site, agent: Client) -> None:
    bad = SimpleUploadedFile("plan.pdf", b"%PDF-1.7 something", content_type="image/jpeg")
    agent.post(form_url(site), written(upload="1", photos=[bad]))
    page = agent.get(form_url(site)).content.decode()
    assert not Photo.objects.exists()
    assert "3번 교각 거더 거치" in page


def test_a_day_ahead_has_no_form(site: Site, agent: Client) -> None:
    assert agent.get(form_url(site, DAY + datetime.timedelta(days=1))).status_code == 404
    for key in ("today", "2026-13-40", "2026-1-1"):
        url = reverse("pmis:daily-report-write", args=[site.project.public_id, key])
        assert agent.get(url).status_code == 404


def test_the_form_of_a_submitted_day_leads_to_the_report(site: Site, agent: Client) -> None:
    report = site.report(RecordState.SUBMITTED)
    response = agent.get(form_url(site))
    assert response["Location"] == reverse("pmis:daily-report-detail", args=[report.public_id])


def test_what_is_missing_is_said_on_the_check_page(site: Site, agent: Client) -> None:
    agent.post(form_url(site), {"next": "1", "weather_am": "clear"})
    report = DailyReport.objects.get()
    page = agent.get(reverse("pmis:daily-report-check", args=[report.public_id])).content.decode()
    assert "#id_work_summary" in page
    response = agent.post(reverse("pmis:daily-report-submit", args=[report.public_id]))
    assert response["Location"] == reverse("pmis:daily-report-check", args=[report.public_id])
    report.refresh_from_db()
    assert report.state == RecordState.DRAFT


def test_a_report_goes_from_the_form_to_approval_and_correction(
    site: Site, agent: Client, as_user: Callable[[User], Client]
) -> None:
    agent.post(form_url(site), written(next="1"))
    report = DailyReport.objects.get()

    def step(client: Client, action: str, **data: str) -> None:
        url = reverse(f"pmis:daily-report-{action}", args=[report.public_id])
        newest = DailyReport.objects.filter(public_id=report.public_id).latest("version_no")
        response = client.post(url, {"revision": newest.revision, **data})
        assert response.status_code == 302, action

    step(agent, "submit")
    supervisor, officer = as_user(site[Role.SUPERVISOR]), as_user(site[Role.OFFICER])
    step(supervisor, "return", comment="인원이 다릅니다")
    detail = reverse("pmis:daily-report-detail", args=[report.public_id])
    assert "인원이 다릅니다" in agent.get(detail).content.decode()
    revision = DailyReport.objects.get().revision
    agent.post(form_url(site), written(next="1", revision=revision, work_summary="고침"))
    step(agent, "submit")
    step(supervisor, "confirm")
    step(officer, "approve")
    report.refresh_from_db()
    assert (report.state, report.work_summary) == (RecordState.APPROVED, "고침")
    step(agent, "correct", reason="수량 정정")
    page = agent.get(form_url(site)).content.decode()
    assert "수량 정정" in page
    versions = reverse("pmis:daily-report-version", args=[report.public_id, 1])
    assert agent.get(versions).status_code == 200
    agent.post(reverse("pmis:daily-report-discard", args=[report.public_id]))
    assert DailyReport.objects.count() == 1


def test_a_return_without_a_reason_asks_for_it(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    report = site.report(RecordState.SUBMITTED)
    url = reverse("pmis:daily-report-return", args=[report.public_id])
    response = as_user(site[Role.SUPERVISOR]).post(url, {"comment": ""})
    assert response.status_code == 400
    report.refresh_from_db()
    assert report.state == RecordState.SUBMITTED


def test_the_officer_withdraws_and_lifts(site: Site, as_user: Callable[[User], Client]) -> None:
    report = site.report(RecordState.APPROVED)
    officer = as_user(site[Role.OFFICER])
    url = reverse("pmis:daily-report-withdraw", args=[report.public_id])
    assert officer.post(url, {"ground": "G6", "reason": ""}).status_code == 400
    assert officer.post(url, {"ground": "G6", "reason": "이름이 보임"}).status_code == 302
    detail = reverse("pmis:daily-report-detail", args=[report.public_id])
    assert "이름이 보임" in officer.get(detail).content.decode()
    assert officer.post(url, {"step": "lift"}).status_code == 302
    assert "Withdrawn from the public" not in officer.get(detail).content.decode()


def test_the_register_as_a_spreadsheet_runs_no_formula(site: Site, agent: Client) -> None:
    site.report(work_summary='=HYPERLINK("http://evil","x")')
    url = reverse("pmis:daily-report-list")
    response = agent.get(url, {"format": "csv"})
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    assert response["Content-Type"].startswith("text/csv")
    assert "\"'=HYPERLINK" in content


def test_the_register_is_filtered_and_paged_by_key(
    site: Site, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(1, 13):
        site.report(date=datetime.date(2026, 10, day))
    url = reverse("pmis:daily-report-of-project", args=[site.project.public_id])
    from_date = agent.get(url, {"from_date": "2026-10-10"}).content.decode()
    assert from_date.count("<tr>") == 4
    monkeypatch.setattr("pmis.views.records.PAGE", 5)
    seen: list[str] = []
    query: dict[str, str] = {}
    for _page in range(3):
        page = agent.get(url, query).content.decode()
        seen += re.findall(r"daily-reports/([0-9a-f-]{36})/", page)
        following = re.search(r'after=([^"&]+)" rel="next"', page)
        if following is None:
            break
        query = {"after": following[1].replace("%7E", "~")}
    assert len(seen) == len(set(seen)) == 12


@pytest.mark.parametrize("after", ["x", "~", "2026-10-01~", "2026-99-99~nothing", "a~b~c"])
def test_an_unreadable_key_gives_the_first_page(site: Site, agent: Client, after: str) -> None:
    site.report()
    url = reverse("pmis:daily-report-list")
    assert agent.get(url, {"after": after}).status_code == 200


PAGES = {
    # One question or two for each panel, however many rows it has.
    "pmis:my-day": 32,
    "pmis:approvals": 14,
    "pmis:project-list": 12,
    "pmis:daily-report-list": 11,
}


@pytest.mark.parametrize("name", PAGES)
def test_lists_ask_the_database_no_more_often_for_more_rows(
    site: Site,
    as_user: Callable[[User], Client],
    django_assert_max_num_queries: Callable[..., Any],
    name: str,
) -> None:
    client = as_user(site[Role.SUPERVISOR])
    for day in range(2, 8):
        site.report(RecordState.SUBMITTED, date=datetime.date(2026, 11, day))
    with django_assert_max_num_queries(PAGES[name]) as few:
        client.get(reverse(name))
    for day in range(9, 18):
        site.report(RecordState.SUBMITTED, date=datetime.date(2026, 11, day))
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(reverse(name))


def test_a_batch_is_decided_in_one_step_and_conflicts_are_named(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    reports = [
        site.report(RecordState.SUBMITTED, date=datetime.date(2026, 11, day)) for day in (18, 19)
    ]
    client = as_user(site[Role.SUPERVISOR])
    page = client.get(reverse("pmis:approvals")).content.decode()
    picks = re.findall(r'name="pick" value="([^"]+)"', page)
    assert len(picks) == 2
    outdated = picks[1].rpartition(":")[0] + ":99"
    response = client.post(
        reverse("pmis:approvals"), {"pick": [picks[0], outdated], "step": "approve"}, follow=True
    )
    page = response.content.decode()
    states = [DailyReport.objects.get(pk=report.pk).state for report in reports]
    assert sorted(states) == ["confirmed", "submitted"]
    assert "somebody changed or decided it meanwhile" in page


def test_a_plan_is_never_decided_in_a_batch(site: Site, as_user: Callable[[User], Client]) -> None:
    schedule = site.schedule(RecordState.SUBMITTED)
    client = as_user(site[Role.SUPERVISOR])
    page = client.get(reverse("pmis:approvals")).content.decode()
    assert 'name="pick"' not in page
    approval = site.project.approvals.get()
    client.post(
        reverse("pmis:approvals"),
        {"pick": [f"{approval.public_id}:{schedule.revision}"], "step": "approve"},
    )
    schedule.refresh_from_db()
    assert schedule.state == RecordState.SUBMITTED


def test_picks_that_are_not_mine_or_no_keys_change_nothing(
    site: Site, other_site: Site, as_user: Callable[[User], Client]
) -> None:
    report = other_site.report(RecordState.SUBMITTED)
    approval = other_site.project.approvals.get()
    client = as_user(site[Role.SUPERVISOR])
    picks = [f"{approval.public_id}:{report.revision}", "x" * 36, "", "::"]
    assert client.post(reverse("pmis:approvals"), {"pick": picks}).status_code == 302
    report.refresh_from_db()
    assert report.state == RecordState.SUBMITTED


def test_a_schedule_is_pasted_with_errors_by_row(site: Site, agent: Client) -> None:
    url = reverse("pmis:schedule-write", args=[site.project.public_id, "plan"])
    table = (
        "코드\t공종\t수량\t금액\t시작\t종료\n"
        "A1\t거더 거치\t10\t600\t2026-01-05\t2026-12-31\n"
        "A2\t바닥판\t열\t400\t2026-01-05\t2026-12-31\n"
        "A3\t난간\t5\t400\t2026.1.5\t2026.12.31"
    )
    response = agent.post(url, {"paste": "1", "pasted": table, "as_of_date": "2026-11-20"})
    assert response["Location"].endswith("#work_items")
    page = agent.get(url).content.decode()
    assert "Row 3: “열” is no number." in page
    assert 'value="난간"' in page and 'value="60"' in page
    fields = dict(re.findall(r'name="(work_items-\d-[a-z_]+)"[^>]*?value="([^"]*)"', page))
    fields |= dict(re.findall(r'value="([^"]*)"[^>]*?name="(work_items-\d-[a-z_]+)"', page))
    fields = {name: value for name, value in fields.items() if name.startswith("work_items-")}
    response = agent.post(url, {**fields, "as_of_date": "2026-11-20", "next": "1"})
    assert response.status_code == 302, response.content.decode()
    schedule = site.project.schedules.get()
    assert {item.code: float(item.weight) for item in schedule.work_items.all()} == {
        "A1": 60.0,
        "A3": 40.0,
    }


def test_weights_that_do_not_make_a_hundred_cannot_be_submitted(site: Site, agent: Client) -> None:
    schedule = site.schedule()
    schedule.work_items.filter(code="A2").update(weight=30)
    agent.post(reverse("pmis:schedule-submit", args=[schedule.public_id]))
    schedule.refresh_from_db()
    assert schedule.state == RecordState.DRAFT
    page = agent.get(reverse("pmis:schedule-check", args=[schedule.public_id])).content.decode()
    assert "add up to 90 per cent" in page


def test_my_day_of_a_site_agent_leads_to_the_missing_report(site: Site, agent: Client) -> None:
    page = agent.get(reverse("pmis:my-day")).content.decode()
    assert f"/daily-reports/write/{DAY - datetime.timedelta(days=1)}/" in page
    site.report(RecordState.SUBMITTED, date=DAY - datetime.timedelta(days=1))
    page = agent.get(reverse("pmis:my-day")).content.decode()
    assert f"/daily-reports/write/{DAY}/" in page
