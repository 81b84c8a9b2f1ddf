"""Design changes, time extensions and suspensions, up to the amended contract."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import RuleValue, User
from pmis.models import Contract, DesignChange, Project
from pmis.roles import Role
from pmis.services.approvals import available_actions, perform
from pmis.services.records import correct_record
from tests.factories.changes import (
    REVIEWED,
    approved_change,
    approved_extension,
    contract_of,
    design_change,
    lead,
    time_extension,
)
from tests.factories.pmis import Site

SUBMIT = ("submit", Role.SITE_AGENT, {})


def amended(site: Site, record: Any, day: str = "2026-11-01") -> Any:
    return lead(site, record, ("amend", Role.OFFICER, {"amended_date": day}))


# -- Design changes --------------------------------------------------------------------------


def test_amount_and_date_before_and_after_are_worked_out_on_submission(site: Site) -> None:
    contract = contract_of(site)
    change = lead(site, design_change(site), SUBMIT)
    line = change.quantity_lines.get()
    assert (line.before_amount, line.after_amount) == (1_000_000, 2_000_000)
    assert change.before_amount == contract.amount
    assert change.after_amount == contract.amount + 1_000_000
    assert (change.before_completion_date, change.change_days) == (contract.completion_date, 20)
    assert not change.needs_committee


def test_an_empty_change_is_refused_with_its_fields(site: Site) -> None:
    change = DesignChange.objects.create(project=site.project, author=site[Role.SITE_AGENT])
    with pytest.raises(ValidationError) as refused:
        perform(subject=change, action="submit", by=site[Role.SITE_AGENT])
    missing = {"contract", "title", "description", "quantity_lines"}
    assert missing <= set(refused.value.message_dict)


@pytest.mark.parametrize(
    ("original", "needed"), [(10_000_001, False), (10_000_000, True), (5_000_000, True)]
)
def test_from_a_tenth_of_the_original_amount_the_committee_is_heard(
    site: Site, original: int, needed: bool
) -> None:
    contract_of(site, original_amount=original)
    change = lead(site, design_change(site), SUBMIT, REVIEWED)
    assert change.needs_committee is needed
    approve = {"committee_date": "2026-10-01", "committee_result": "적정"}
    if needed:
        with pytest.raises(ValidationError, match="advisory committee"):
            lead(site, change, ("approve", Role.OFFICER, {}))
    assert lead(site, change, ("approve", Role.OFFICER, approve)).state == "approved"


def test_the_limit_of_the_committee_is_a_dated_rule(site: Site) -> None:
    RuleValue.objects.create(
        key=RuleValue.Key.COMMITTEE_PERCENT,
        value=Decimal("0.01"),
        valid_from=datetime.date(2020, 1, 1),
        ground="조례",
    )
    assert lead(site, design_change(site), SUBMIT).needs_committee


def test_the_amendment_changes_contract_and_project_and_names_its_reason(site: Site) -> None:
    contract, project = contract_of(site), site.project
    change = amended(site, approved_change(site))
    contract.refresh_from_db()
    assert contract.amount == contract.original_amount + 1_000_000
    assert contract.completion_date == datetime.date(2027, 7, 20)
    amendment = contract.amendments.get()
    assert (change.amendment, amendment.kind) == (amendment, "value")
    assert change.title in amendment.reason
    project = Project.objects.get(pk=project.pk)
    assert project.total_cost_amount == 2_001_000_000
    assert project.planned_completion_date == datetime.date(2027, 7, 20)


def test_only_who_keeps_contracts_amends(site: Site) -> None:
    change = approved_change(site)
    with pytest.raises(RoleNotAllowed):
        lead(site, change, ("amend", Role.SUPERVISOR, {"amended_date": "2026-11-01"}))


def test_the_new_baseline_is_linked_once_it_is_approved(site: Site) -> None:
    day = str(datetime.date(2020, 1, 1))
    change = amended(site, approved_change(site), day)
    with pytest.raises(ValidationError, match="schedule"):
        lead(site, change, ("rebaseline", Role.SITE_AGENT, {}))
    baseline = site.schedule("approved")
    change = lead(site, change, ("rebaseline", Role.SITE_AGENT, {}))
    assert (change.state, change.baseline) == ("baseline_updated", baseline)
    assert lead(site, change, ("close", Role.OFFICER, {})).state == "closed"


def test_changes_are_counted_and_the_same_section_again_is_a_repeated_change(site: Site) -> None:
    contract_of(site, original_amount=100_000_000)
    first = approved_change(site)
    assert (first.change_count, first.is_repeated) == (1, False)
    assert first.cumulative_rate == Decimal("1.00")
    other = design_change(site, title="포장 두께")
    other.quantity_lines.update(section="포장공")
    other = lead(site, other, SUBMIT, REVIEWED, ("approve", Role.OFFICER, {}))
    assert (other.change_count, other.is_repeated) == (2, False)
    again = approved_change(site, title="흙막이 다시")
    assert (again.change_count, again.is_repeated) == (3, True)
    assert again.cumulative_rate == Decimal("3.00")


def test_who_wrote_a_change_does_not_decide_on_it(site: Site) -> None:
    change = design_change(site)
    DesignChange.objects.filter(pk=change.pk).update(author=site[Role.OFFICER])
    change = lead(site, change, ("submit", Role.OFFICER, {}), REVIEWED)
    with pytest.raises(PermissionDenied):
        lead(site, change, ("approve", Role.OFFICER, {}))
    assert lead(site, change, ("approve", Role.DEPARTMENT_HEAD, {})).state == "approved"


def test_an_approved_change_is_locked_and_an_amended_one_not_corrected(site: Site) -> None:
    change = approved_change(site)
    with pytest.raises(DatabaseError), transaction.atomic():
        DesignChange.objects.filter(pk=change.pk).update(title="다른 제목")
    with pytest.raises(DatabaseError), transaction.atomic():
        change.quantity_lines.update(after_quantity=99)
    change = amended(site, change)
    version = correct_record(record=change, reason="오기", by=site[Role.SITE_AGENT])
    with pytest.raises(ValidationError, match="amended by it already"):
        perform(subject=version, action="submit", by=site[Role.SITE_AGENT])


def test_a_rejected_change_never_touches_the_contract(site: Site) -> None:
    change = lead(site, design_change(site), SUBMIT, ("reject", Role.SUPERVISOR, {}))
    assert change.state == "rejected"
    with pytest.raises(TransitionNotAllowed):
        amended(site, change)
    assert not contract_of(site).amendments.exists()


def test_the_negotiation_is_read_by_the_ordering_body_only(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    note = {"negotiation_note": "최대 팔백만 원까지 수용"}
    change = lead(site, design_change(site), SUBMIT, REVIEWED, ("approve", Role.OFFICER, note))
    url = reverse("pmis:design-change-detail", args=[change.public_id])
    for role in (Role.OFFICER, Role.ACCOUNTING_OFFICER, Role.AUDITOR):
        assert note["negotiation_note"] in as_user(site[role]).get(url).content.decode(), role
    for role in (Role.SITE_AGENT, Role.SUPERVISOR, Role.ENGINEER):
        for page in (url, f"{url}print/"):
            answer = as_user(site[role]).get(page)
            assert answer.status_code == 200
            assert note["negotiation_note"] not in answer.content.decode(), role


# -- Time extensions and suspensions -----------------------------------------------------------


def rainy_day(site: Site, day: datetime.date, state: str = "approved") -> None:
    site.report(state, date=day, is_non_working_day=True, non_working_reason="호우 35 mm")


def test_evidence_is_counted_from_the_approved_daily_reports(site: Site) -> None:
    for day in (2, 3, 10):
        rainy_day(site, datetime.date(2026, 7, day))
    rainy_day(site, datetime.date(2026, 7, 4), "submitted")
    site.report("approved", date=datetime.date(2026, 7, 6))
    asked = time_extension(
        site,
        ground="rain",
        evidence_from_date=datetime.date(2026, 7, 1),
        evidence_to_date=datetime.date(2026, 7, 9),
    )
    asked = lead(site, asked, SUBMIT)
    assert asked.non_working_days == 2
    days = [(row.date.day, row.cause) for row in asked.evidence_days.all()]
    assert days == [(2, "호우 35 mm"), (3, "호우 35 mm")]


def test_rain_needs_the_period_of_its_evidence(site: Site) -> None:
    with pytest.raises(ValidationError) as refused:
        lead(site, time_extension(site, ground="rain"), SUBMIT)
    assert "evidence_from_date" in refused.value.message_dict


def test_the_days_approved_move_the_completion_date_by_an_amendment(site: Site) -> None:
    extension = approved_extension(site, days=7, cost_amount=3_000_000)
    assert extension.after_completion_date == datetime.date(2027, 7, 7)
    contract = contract_of(site)
    assert contract.completion_date == datetime.date(2027, 6, 30)
    extension = amended(site, extension)
    contract.refresh_from_db()
    assert contract.completion_date == datetime.date(2027, 7, 7)
    assert contract.amount == contract.original_amount + 3_000_000
    assert extension.amendment.kind == "duration"


def test_no_days_are_no_extension(site: Site) -> None:
    with pytest.raises(ValidationError):
        approved_extension(site, days=0)


def test_a_suspension_stops_the_project_and_gives_its_days_back(site: Site) -> None:
    stop = time_extension(
        site, kind="suspension", days_asked=None, suspended_from_date=datetime.date(2026, 3, 2)
    )
    stop = lead(site, stop, SUBMIT, REVIEWED)
    actions = {row.action for row in available_actions(stop, site[Role.OFFICER])}
    assert "suspend" in actions and "approve" not in actions
    with pytest.raises(TransitionNotAllowed):
        lead(site, stop, ("approve", Role.OFFICER, {"days_approved": 3}))
    stop = lead(site, stop, ("suspend", Role.OFFICER, {}))
    assert Project.objects.get(pk=site.project.pk).state == "suspended"
    stop = lead(site, stop, ("resume", Role.OFFICER, {"resumed_date": "2026-04-01"}))
    assert Project.objects.get(pk=site.project.pk).state == "ongoing"
    assert stop.days_approved == 30
    amended(site, stop)
    contract = Contract.objects.get(project=site.project)
    assert contract.completion_date == datetime.date(2027, 7, 30)


def test_work_resumes_only_after_it_stopped(site: Site) -> None:
    stop = time_extension(
        site, kind="suspension", days_asked=None, suspended_from_date=datetime.date(2026, 3, 2)
    )
    stop = lead(site, stop, SUBMIT, REVIEWED, ("suspend", Role.OFFICER, {}))
    with pytest.raises(ValidationError):
        lead(site, stop, ("resume", Role.OFFICER, {"resumed_date": "2026-03-01"}))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["design-change", "time-extension"])
def test_register_form_and_page_are_shown(
    site: Site,
    as_user: Callable[[User], Client],
    django_assert_max_num_queries: Any,
    name: str,
    language: str,
) -> None:
    person = site[Role.SITE_AGENT]
    User.objects.filter(pk=person.pk).update(language=language)
    record = {"design-change": approved_change, "time-extension": approved_extension}[name](site)
    client = as_user(person)
    pages = (
        reverse(f"pmis:{name}-detail", args=[record.public_id]),
        reverse("pmis:contract-detail", args=[site.project.public_id, record.contract.public_id]),
        reverse("pmis:project-detail", args=[site.project.public_id]),
    )
    for url in pages:
        page = client.get(url)
        assert page.status_code == 200
        assert str(record) in page.content.decode() or language == "ko"
    begin = reverse(f"pmis:{name}-begin", args=[site.project.public_id])
    assert client.get(begin, follow=True).status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get(reverse(f"pmis:{name}-list")).status_code == 200
