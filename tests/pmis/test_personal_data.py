"""Who saw personal data: logged once a request, wherever it is shown, and never changed."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ccs.lib.personal_data import personal_columns
from ccs.models import User
from ccs.services.tokens import issue_token
from pmis.models import DisposalEntry, PersonalDataAccess, RecordState, Visitor
from pmis.roles import Role
from pmis.services.personal_data import delete_expired_accesses
from tests.factories.ccs import UserFactory
from tests.factories.letters import complaint, visit
from tests.factories.pmis import Site

AsUser = Callable[[User], Client]


def entries() -> list[tuple[str, str]]:
    return sorted(PersonalDataAccess.objects.values_list("shown_type", "item"))


def report_of(site: Site) -> Any:
    report = site.report(worker_names="홍길동, 홍길순")
    Visitor.objects.create(report=report, body="구청", name="홍길남")
    return report


def test_the_catalogue_says_which_columns_are_watched() -> None:
    watched = {(one.record_type, one.column) for one in personal_columns()}
    assert {
        ("daily_report", "worker_names"),
        ("daily_report", "name"),
        ("daily_report", "plate"),
        ("participant", "mobile"),
        ("contract", "contractor_account"),
        ("progress_claim", "claimant_account"),
        ("accident", "victim_details"),
        ("complaint_entry", "complainant_contact"),
        ("visit", "visitor_name"),
        ("photo", "original"),
    } <= watched


def test_a_page_with_names_is_logged_with_person_role_record_and_address(
    site: Site, as_user: AsUser
) -> None:
    report = report_of(site)
    url = reverse("pmis:daily-report-detail", args=[report.public_id])
    assert as_user(site[Role.SUPERVISOR]).get(url).status_code == 200
    rows = {row.item: row for row in PersonalDataAccess.objects.all()}
    assert set(rows) == {"worker_names", "visitor_names"}
    row = rows["worker_names"]
    assert (row.user, row.project, row.roles) == (
        site[Role.SUPERVISOR], site.project, Role.SUPERVISOR
    )  # fmt: skip
    assert (row.address, row.method, row.path) == ("127.0.0.1", "GET", url)
    assert (row.records, row.row_count) == ([str(report.public_id)], 1)


def test_one_statement_is_added_where_personal_data_is_shown_and_none_elsewhere(
    site: Site, as_user: AsUser
) -> None:
    full, empty = report_of(site), site.report(date=datetime.date(2020, 1, 1))
    client = as_user(site[Role.SUPERVISOR])
    counts = []
    for report in (full, empty):
        url = reverse("pmis:daily-report-detail", args=[report.public_id])
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        inserts = [q for q in queries if "INSERT INTO pmis_personaldataaccess" in q["sql"]]
        counts.append(len(inserts))
    assert counts == [1, 0]


def test_exports_prints_and_api_are_logged_alike(site: Site, as_user: AsUser) -> None:
    made = visit(site)
    client = as_user(site[Role.OFFICER])
    register = reverse("pmis:visit-of-project", args=[site.project.public_id])
    addresses = [
        register,
        f"{register}?format=csv",
        f"{register}?format=xlsx",
        reverse("pmis:visit-print", args=[made.public_id]),
        reverse("pmis:visit-pdf", args=[made.public_id]),
        reverse("api-pmis-visit", args=[made.public_id]),
    ]
    for address in addresses:
        before = PersonalDataAccess.objects.count()
        response = client.get(address)
        assert response.status_code == 200, address
        if response.streaming:
            b"".join(response.streaming_content)
        assert PersonalDataAccess.objects.count() == before + 1, address
    assert set(entries()) == {("visit", "visitor")}


def test_a_program_with_a_key_is_logged_as_its_person(site: Site) -> None:
    made = visit(site)
    _token, key = issue_token(user=site[Role.OFFICER], name="대장", days=30)
    url = reverse("api-pmis-visit", args=[made.public_id])
    assert Client().get(url, headers={"Authorization": f"Token {key}"}).status_code == 200
    assert PersonalDataAccess.objects.get().user == site[Role.OFFICER]


def test_a_refusal_and_a_redirect_show_nothing(site: Site, as_user: AsUser) -> None:
    made = complaint(site)
    url = reverse("pmis:complaint-entry-detail", args=[made.public_id])
    assert as_user(site[Role.SUBCONTRACTOR]).get(url).status_code == 404
    sent = as_user(site[Role.SUPERVISOR]).post(
        reverse("pmis:complaint-entry-close", args=[made.public_id])
    )
    assert sent.status_code in (302, 409)
    assert not PersonalDataAccess.objects.filter(user=site[Role.SUBCONTRACTOR]).exists()


def test_the_log_can_only_grow(site: Site, as_user: AsUser) -> None:
    as_user(site[Role.OFFICER]).get(reverse("pmis:visit-detail", args=[visit(site).public_id]))
    for change in (
        lambda: PersonalDataAccess.objects.update(row_count=0),
        lambda: PersonalDataAccess.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_auditor_reads_the_log_and_is_in_it(
    site: Site, other_site: Site, as_user: AsUser
) -> None:
    auditor = UserFactory(office_role=User.OfficeRole.AUDITOR)
    for made in (site, other_site):
        url = reverse("pmis:visit-detail", args=[visit(made).public_id])
        assert as_user(auditor).get(url).status_code == 200
    log = reverse("pmis:access-log")
    page = as_user(auditor).get(log).content.decode()
    assert site.project.name in page and other_site.project.name in page
    assert ("personal_data_access", "access_log") in entries()
    only = as_user(auditor).get(log, {"project": site.project.code}).content.decode()
    assert other_site.project.name not in only
    until = timezone.localdate() - datetime.timedelta(days=1)
    empty = as_user(auditor).get(log, {"until": until.isoformat()}).content.decode()
    assert site.project.name not in empty
    table = as_user(auditor).get(log, {"format": "csv"})
    assert site.project.name in b"".join(table.streaming_content).decode()
    assert as_user(auditor).get(log, {"format": "xlsx"}).status_code == 200


def test_an_officer_reads_the_log_of_their_projects_only(
    site: Site, other_site: Site, as_user: AsUser
) -> None:
    for made in (site, other_site):
        as_user(made[Role.SUPERVISOR]).get(
            reverse("pmis:visit-detail", args=[visit(made).public_id])
        )
    page = as_user(site[Role.OFFICER]).get(reverse("pmis:access-log")).content.decode()
    assert site.project.name in page and other_site.project.name not in page
    answer = as_user(site[Role.SITE_AGENT]).get(reverse("pmis:access-log"))
    assert answer.status_code == 403


def test_access_logs_go_after_the_years_of_the_rule_and_not_before(site: Site) -> None:
    now = timezone.now()
    for days in (800, 700, 0):
        PersonalDataAccess.objects.create(
            user=site[Role.OFFICER],
            at=now - datetime.timedelta(days=days),
            method="GET",
            path="/",
            shown_type="visit",
            item="visitor",
        )
    assert delete_expired_accesses(dry_run=True) == 1
    assert PersonalDataAccess.objects.count() == 3
    assert delete_expired_accesses() == 1
    assert delete_expired_accesses() == 0
    assert PersonalDataAccess.objects.count() == 2
    entry = DisposalEntry.objects.get()
    assert (entry.subject_type, entry.row_count) == ("personal_data_access", 1)


def test_the_setting_alone_opens_no_log_to_the_application(site: Site) -> None:
    PersonalDataAccess.objects.create(
        user=site[Role.OFFICER], method="GET", path="/", shown_type="visit", item="visitor"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE ccs_app")
        cursor.execute("SELECT set_config('ccs.erasing', 'x', true)")
        cursor.execute("SELECT ccs_is_erasing('ccs_history'::regclass, 'UPDATE', 'UPDATE')")
        assert cursor.fetchone() == (False,)
        cursor.execute("RESET ROLE")


def test_a_draft_in_a_form_is_logged_for_its_reader(site: Site, as_user: AsUser) -> None:
    report = report_of(site)
    assert report.state == RecordState.DRAFT
    url = reverse("pmis:daily-report-write", args=[site.project.public_id, report.date.isoformat()])
    assert as_user(site[Role.SITE_AGENT]).get(url).status_code == 200
    assert ("daily_report", "worker_names") in entries()
