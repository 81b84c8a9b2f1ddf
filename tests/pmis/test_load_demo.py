"""The demonstration hangs together, is marked as invented and comes out the same every time."""

import datetime
import io
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from ccs.demo_accounts import ACCOUNTS, PASSWORD, lines
from ccs.models import Area, History, Organization, User
from pmis import progress
from pmis.demo.places import districts
from pmis.demo.plan import REPORT_DAYS, STATES, make_plans
from pmis.demo.times import site_days, weather
from pmis.demo.works import KINDS
from pmis.file_types import read_pdf
from pmis.models import (
    Approval,
    Camera,
    Contract,
    DailyReport,
    Drawing,
    DrawingFile,
    FixedPoint,
    Milestone,
    Participant,
    Photo,
    Project,
    RecordReading,
    Schedule,
    WorkLine,
)
from pmis.services.cameras import series_of
from pmis.services.inbox import waiting_for
from pmis.services.photos import public_name

TODAY = datetime.date(2026, 11, 23)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demonstration(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Load the small demonstration once for all tests here; give what the command printed."""
    folder = tmp_path_factory.mktemp("files")
    stores = {
        alias: {**options, "OPTIONS": {"location": folder / alias}}
        if alias != "staticfiles"
        else options
        for alias, options in settings.STORAGES.items()
    }
    printed = io.StringIO()
    with django_db_blocker.unblock(), override_settings(STORAGES=stores), transaction.atomic():
        call_command("load_demo", small=True, today=TODAY, stdout=printed)
        yield printed.getvalue()
        transaction.set_rollback(True)


def test_every_share_of_a_contract_adds_up_to_the_whole():
    for kind in KINDS.values():
        assert sum(item.share for item in kind.items) == 100
        assert 8 <= len(kind.items) <= 14


def test_the_full_demonstration_has_every_district_type_and_state(demonstration: str):
    places = districts("11")
    plans = make_plans(places, TODAY)
    assert len(plans) >= 60
    assert {plan.district.area.code for plan in plans} == {place.area.code for place in places}
    assert len(places) == 25
    types = {plan.kind.work_type for plan in plans}
    assert types == {"road", "water", "public_building", "park", "urban_rail"}
    assert {plan.state for plan in plans} == {"ongoing", *STATES.values()}
    assert {plan.site.location_check for plan in plans} == {"inside"}
    shapes = {plan.site.geometry["type"] for plan in plans}
    assert shapes == {"Point", "LineString", "Polygon"}


def test_every_running_project_of_the_full_demonstration_reports_ninety_days(demonstration: str):
    for plan in make_plans(districts("11"), TODAY):
        if plan.is_running:
            assert (TODAY - plan.first_report).days == REPORT_DAYS
            assert len(site_days(plan.first_report, plan.last_report)) >= 90


def test_the_plans_are_the_same_every_time(demonstration: str):
    first, second = (make_plans(districts("11"), TODAY) for _ in range(2))
    assert first == second


def test_one_day_has_one_weather():
    assert weather(TODAY) == weather(TODAY)
    assert all(weather(day).lowest < weather(day).highest for day in site_days(TODAY, TODAY))


def test_everything_is_marked_as_invented(demonstration: str):
    assert not Project.objects.filter(is_invented=False).exists()
    names = Organization.objects.values_list("name", flat=True)
    assert all("(가상)" in name or "(시연)" in name for name in names)


def test_the_accounts_to_try_exist_and_are_printed(demonstration: str):
    for account in ACCOUNTS:
        user = User.objects.get(username=account.username)
        assert user.check_password(PASSWORD)
        assert account.username in demonstration
    others = User.objects.exclude(username__in=[account.username for account in ACCOUNTS])
    assert not any(user.has_usable_password() for user in others)
    assert not Participant.objects.filter(user__username="outsider").exists()


def test_the_supervisor_of_the_demonstration_has_something_to_do(demonstration: str):
    waiting = waiting_for(User.objects.get(username="supervisor"))
    assert waiting.exists()


def test_work_items_weigh_a_hundred_and_cost_the_contract(demonstration: str):
    for schedule in Schedule.objects.approved().prefetch_related("work_items"):
        items = schedule.work_items.all()
        assert sum(item.weight for item in items) == Decimal(100)
        contract = Contract.objects.get(project=schedule.project_id, kind="construction")
        assert sum(item.amount for item in items) == contract.original_amount


def test_the_rates_of_a_report_follow_from_its_quantities(demonstration: str):
    schedule = Schedule.objects.approved().first()
    report = DailyReport.objects.approved().filter(project=schedule.project_id).latest("date")
    columns = ("code", "quantity", "weight", "planned_start_date", "planned_finish_date")
    items = [progress.Item(*row) for row in schedule.work_items.values_list(*columns)]
    lines_until = WorkLine.objects.filter(
        report__project=schedule.project_id, report__date__lte=report.date
    ).exclude(report__state__in=("superseded", "draft", "returned"))
    sums = lines_until.values_list("work_item__code").annotate(models.Sum("quantity"))
    assert report.actual_rate == progress.actual_rate(items, dict(sums))
    assert report.planned_rate == progress.planned_rate(items, report.date)


def test_nobody_reports_on_sundays_or_holidays(demonstration: str):
    assert not DailyReport.objects.filter(date__week_day=1).exists()
    assert not DailyReport.objects.filter(date=datetime.date(2026, 10, 9)).exists()


def test_every_approved_report_went_its_way_and_nothing_lies_in_the_future(demonstration: str):
    reports = DailyReport.objects.approved()
    ways = Approval.objects.filter(record_type="daily_report", state="approved")
    assert set(ways.values_list("record_public_id", flat=True)) >= set(
        reports.values_list("public_id", flat=True)
    )
    states = set(DailyReport.objects.values_list("state", flat=True))
    assert states >= {"approved", "superseded", "confirmed", "submitted", "returned"}
    midnight = datetime.datetime(2026, 11, 22, 15, tzinfo=datetime.UTC)
    assert not ways.filter(decided_at__gt=midnight).exists()


def test_photos_are_shown_from_files_that_exist(demonstration: str):
    for sha256 in Photo.objects.values_list("public_sha256", flat=True).distinct():
        assert not sha256 or storages["public"].exists(public_name(sha256))
    assert set(Photo.objects.values_list("state", flat=True)) == {"checked", "processed"}


def test_the_history_has_seen_every_row(demonstration: str):
    seen = History.objects.filter(table="pmis_dailyreport", operation="insert")
    assert seen.count() == DailyReport.objects.count()
    assert set(seen.values_list("origin", flat=True)) == {"load_demo"}


def test_a_place_with_projects_is_left_alone(demonstration: str):
    before = Project.objects.count()
    call_command("load_demo", if_empty=True, small=True)
    assert Project.objects.count() == before
    with pytest.raises(CommandError, match="empty"):
        call_command("load_demo", small=True)


def test_production_refuses_the_demonstration(settings):
    settings.IN_PRODUCTION = True
    assert lines() == []
    with pytest.raises(CommandError, match="production"):
        call_command("load_demo")


def test_the_demonstration_stands_on_the_real_boundaries(demonstration: str):
    assert Area.objects.filter(kind="district").count() == 25


def test_drawings_have_revisions_and_readers(demonstration: str):
    revised = Drawing.objects.filter(version_no=2).first()
    assert revised.state == "approved" and revised.supersedes.state == "superseded"
    assert revised.reason and revised.sheet_revision != revised.supersedes.sheet_revision
    assert Drawing.objects.approved().filter(drawing_status="as_built").exists()
    readings = RecordReading.objects.filter(record_public_id=revised.public_id)
    assert readings.filter(file=None).exists() and readings.exclude(file=None).exists()
    assert revised.recipients.exists()


def test_the_files_of_the_demonstration_are_small_pdfs_whose_text_is_found(demonstration: str):
    stored = DrawingFile.objects.select_related("file").first().file
    with stored.content.open("rb") as content:
        said = read_pdf("text", content.read())["text"]
    assert stored.size < 10_000
    assert said.split() == stored.text.split()


def test_a_series_shows_a_fixed_point_before_and_during_the_work(demonstration: str):
    point = FixedPoint.objects.first()
    photos = series_of(point)
    assert photos.count() == 4
    assert [photo.category for photo in photos][:2] == ["before", "during"]


def test_cameras_run_and_are_switched_off(demonstration: str):
    assert set(Camera.objects.values_list("state", flat=True)) == {"approved", "suspended"}
    assert not Camera.objects.filter(snapshots=None).exists()


def test_a_milestone_is_reached_only_where_the_reports_say_so(demonstration: str) -> None:
    reached = Milestone.objects.filter(actual_date__isnull=False, name__startswith="공정")
    checked = 0
    for milestone in reached.select_related("schedule"):
        reports = DailyReport.objects.filter(
            project=milestone.schedule.project_id, actual_rate__isnull=False
        )
        last = reports.order_by("-date").first()
        share = Decimal(milestone.name.split()[1])
        assert last is None or last.actual_rate >= share, milestone
        checked += last is not None
    assert checked
