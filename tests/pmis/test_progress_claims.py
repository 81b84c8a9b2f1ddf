"""Progress claims: the sheet, certification, deductions, payment, and what stays inside."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.models import Contract, ProgressClaim
from pmis.models.progress_claims import SPLIT
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.progress_claims import certified_claim, proposed_lines, save_claim
from pmis.services.records import correct_record
from pmis.services.scheduling.reading import actual_cost
from tests.factories.changes import (
    approved_claim,
    certify,
    contract_of,
    lead,
    priced_schedule,
    progress_claim,
)
from tests.factories.pmis import Site


def test_a_line_is_worked_out_and_instalments_sum_to_the_contract(site: Site) -> None:
    first = approved_claim(site, "1", "2.5")
    assert [row.certified_amount for row in first.items.all()] == [333_333, 166_666]
    assert first.instalment_number == 1
    second = approved_claim(site, "2", "5")
    rows = list(second.items.all())
    assert [row.previous_amount for row in rows] == [333_333, 166_666]
    assert [row.certified_amount for row in rows] == [666_667, 333_333]
    assert [row.cumulative_rate for row in rows] == [Decimal(100), Decimal(100)]
    assert second.cumulative_amount == 1_499_999
    assert second.instalment_number == 2


def test_a_line_never_passes_the_contract(site: Site) -> None:
    with pytest.raises(ValidationError) as refused:
        progress_claim(site, "3.001", "0")
    assert "items-0-__all__" in refused.value.message_dict
    approved_claim(site, "2", "0")
    with pytest.raises(ValidationError):
        progress_claim(site, "1.5", "0")


def test_the_database_keeps_lines_within_the_contract(site: Site) -> None:
    claim = progress_claim(site, "1", "0")
    with pytest.raises(DatabaseError), transaction.atomic():
        claim.items.update(quantity=99)


def test_claims_never_pass_the_contract_amount(site: Site) -> None:
    contract_of(site, original_amount=1_000_000)
    claim = progress_claim(site, "3", "7.5")
    with pytest.raises(ValidationError, match="1,499,999"):
        perform(subject=claim, action="submit", by=site[Role.SITE_AGENT])


def test_the_supervisor_certifies_less_and_the_split_follows_to_the_last_won(site: Site) -> None:
    parts = {"own_amount": 333_333, "subcontract_amount": 333_334, "labor_amount": 333_333}
    claim = certify(site, progress_claim(site, "3", "0", **parts), "1", "0")
    assert claim.claimed_amount == 1_000_000
    assert claim.certified_amount == 333_333
    assert sum(claim.split.values()) == 333_333
    assert set(claim.split.values()) == {0, 111_111}
    assert claim.inspector_body == site.firms["supervision_firm"]
    assert claim.cumulative_rate == Decimal("0.02")


def test_a_split_that_does_not_sum_is_refused_with_the_difference(site: Site) -> None:
    claim = progress_claim(site, "3", "0", own_amount=999_990)
    with pytest.raises(ValidationError, match="10"):
        perform(subject=claim, action="submit", by=site[Role.SITE_AGENT])
    claim = save_claim(record=claim, fields={"own_amount": 0}, by=site[Role.SITE_AGENT])
    with pytest.raises(ValidationError, match="999,000"):
        certify(site, claim, own_amount=1_000)


def test_the_advance_is_recovered_in_proportion_and_damages_are_taken_off(site: Site) -> None:
    contract_of(site, original_amount=1_499_999, advance_paid_amount=450_000)
    claim = certify(site, progress_claim(site, "1", "0"))
    assert claim.advance_recovery_amount == 99_999
    assert claim.payable_amount is None
    fields = {"delay_days": 10, "retention_amount": 1_000, "client_supplied_amount": 500}
    claim = perform(subject=claim, action="approve", by=site[Role.OFFICER], fields=fields)
    assert claim.delay_damages_amount == 7_499
    assert claim.payable_amount == 333_333 - 99_999 - 7_499 - 1_000 - 500
    second = approved_claim(site, "2", "7.5")
    assert claim.advance_recovery_amount + second.advance_recovery_amount == 450_000


def test_more_cannot_be_taken_off_than_is_certified(site: Site) -> None:
    claim = certify(site, progress_claim(site, "1", "0"))
    with pytest.raises(ValidationError, match="333,333"):
        perform(
            subject=claim,
            action="approve",
            by=site[Role.OFFICER],
            fields={"retention_amount": 400_000},
        )


def test_the_database_keeps_the_split_at_the_certified_amount(site: Site) -> None:
    claim = certify(site, progress_claim(site, "1", "0"))
    rows = ProgressClaim.objects.filter(pk=claim.pk)
    for change in ({"own_amount": 1}, {"certified_amount": 10**9}, {"labor_amount": -1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)


def test_a_returned_claim_forgets_its_certification(site: Site) -> None:
    claim = certify(site, progress_claim(site, "1", "0"))
    claim = perform(subject=claim, action="return", by=site[Role.OFFICER], comment="사진 보완")
    assert claim.certified_amount is None
    claim = save_claim(
        record=claim,
        fields=dict.fromkeys(SPLIT, 0),
        lines={"items": [{"code": "A1", "quantity": Decimal(2)}]},
        by=site[Role.SITE_AGENT],
    )
    assert certify(site, claim).certified_amount == 666_666


def test_the_payment_side_gets_exact_figures_of_approved_claims_only(site: Site) -> None:
    claim = certify(site, progress_claim(site, "1", "2.5"))
    with pytest.raises(ValidationError):
        certified_claim(claim)
    claim = perform(subject=claim, action="approve", by=site[Role.OFFICER], fields={})
    figures = certified_claim(claim)
    assert figures.certified_amount == 499_999 == sum(figures.split.values())
    assert figures.payable_amount == 499_999 - sum(figures.deductions.values())
    assert (figures.currency, figures.instalment_number) == ("KRW", 1)


def test_a_claim_is_paid_and_settled_only_in_full(site: Site) -> None:
    claim = approved_claim(site, "1", "0")
    claim = lead(site, claim, ("send_to_payment", Role.OFFICER, {}))
    paid = {"paid_date": "2026-10-05", "paid_amount": claim.payable_amount + 1}
    with pytest.raises(ValidationError):
        lead(site, claim, ("pay", Role.ACCOUNTING_OFFICER, paid))
    part = paid | {"paid_amount": claim.payable_amount - 1}
    with pytest.raises(RoleNotAllowed):
        lead(site, claim, ("pay", Role.OFFICER, part))
    claim = lead(site, claim, ("pay", Role.ACCOUNTING_OFFICER, part))
    with pytest.raises(ValidationError):
        lead(site, claim, ("settle", Role.ACCOUNTING_OFFICER, {}))


def test_a_whole_claim_is_settled(site: Site) -> None:
    claim = approved_claim(site, "1", "0")
    paid = {"paid_date": "2026-10-05", "paid_amount": claim.payable_amount}
    claim = lead(
        site,
        claim,
        ("send_to_payment", Role.ACCOUNTING_OFFICER, {}),
        ("pay", Role.ACCOUNTING_OFFICER, paid),
        ("settle", Role.ACCOUNTING_OFFICER, {}),
    )
    assert claim.state == "settled"


def test_an_approved_claim_is_corrected_with_figures_worked_out_anew(site: Site) -> None:
    claim = approved_claim(site, "2", "0")
    version = correct_record(record=claim, reason="물량 오기", by=site[Role.SITE_AGENT])
    version = save_claim(
        record=version,
        fields=dict.fromkeys(SPLIT, 0),
        lines={"items": [{"code": "A1", "quantity": Decimal(1)}]},
        by=site[Role.SITE_AGENT],
    )
    version = certify(site, version)
    version = perform(subject=version, action="approve", by=site[Role.OFFICER], fields={})
    assert (version.certified_amount, version.instalment_number) == (333_333, 1)
    assert ProgressClaim.objects.get(pk=claim.pk).state == "superseded"


def test_one_claim_of_a_contract_is_decided_at_a_time(site: Site) -> None:
    certify(site, progress_claim(site, "1", "0"))
    with pytest.raises(ValidationError) as refused:
        perform(subject=progress_claim(site, "1", "0"), action="submit", by=site[Role.SITE_AGENT])
    assert set(refused.value.message_dict) == {"contract"}


def test_a_new_sheet_begins_with_the_quantities_of_the_daily_reports(site: Site) -> None:
    schedule = priced_schedule(site)
    contract_of(site)
    report = site.report()
    report.work_lines.create(
        work_item=schedule.work_items.get(code="A1"), activity="공종", quantity=2, unit="m"
    )
    site.lead(report, "approved")
    rows = {row["code"]: row["quantity"] for row in proposed_lines(site.project)}
    assert rows == {"A1": Decimal(2), "A2": Decimal(0)}
    approved_claim(site, "1.5", "0")
    assert proposed_lines(site.project)[0]["quantity"] == Decimal("0.5")


def test_a_subcontractor_does_not_see_the_prices_of_a_claim(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    claim = approved_claim(site, "1", "0")
    url = reverse("pmis:progress-claim-detail", args=[claim.public_id])
    assert as_user(site[Role.SUBCONTRACTOR]).get(url).status_code == 404
    for role in (Role.SITE_AGENT, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR):
        page = as_user(site[role]).get(url)
        assert page.status_code == 200, role
        assert "333,333" in page.content.decode()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_form_check_step_and_page_are_shown(
    site: Site, as_user: Callable[[User], Client], language: str
) -> None:
    for person in site.people.values():
        User.objects.filter(pk=person.pk).update(language=language)
    priced_schedule(site)
    contract_of(site)
    agent = as_user(site[Role.SITE_AGENT])
    begin = reverse("pmis:progress-claim-begin", args=[site.project.public_id])
    page = agent.get(begin, follow=True)
    assert "A1 공종 A1 (m)" in page.content.decode()
    address = page.request["PATH_INFO"]
    contract = Contract.objects.get(project=site.project)
    form = {
        "contract": str(contract.public_id),
        "kind": "progress",
        "from_date": "2026-09-01",
        "to_date": "2026-09-30",
        "items-0-code": "A1",
        "items-0-name": "공종 A1",
        "items-0-unit": "m",
        "items-0-quantity": "1",
        "attachments-0-document": "사진대지",
        "save": "1",
    }
    assert agent.post(address, form).status_code == 302
    claim = ProgressClaim.objects.get()
    check = agent.get(reverse("pmis:progress-claim-check", args=[claim.public_id]))
    assert check.status_code == 200
    claim = perform(subject=claim, action="submit", by=site[Role.SITE_AGENT])
    step = reverse("pmis:progress-claim-certify", args=[claim.public_id])
    supervisor = as_user(site[Role.SUPERVISOR])
    assert supervisor.get(step).status_code == 200
    answer = {
        "inspection_date": "2026-10-01",
        "supervision_statement": "적합",
        "own_amount": "333333",
        **dict.fromkeys(SPLIT[1:], "0"),
        "items-0-certified_quantity": "1",
    }
    assert supervisor.post(step, answer).status_code == 302
    claim.refresh_from_db()
    assert claim.certified_amount == 333_333


def test_what_was_certified_is_the_actual_cost_of_earned_value(site: Site) -> None:
    assert actual_cost(site.project.pk, datetime.date(2099, 1, 1)) is None
    claim = approved_claim(site, "1")
    assert actual_cost(site.project.pk, claim.inspection_date) == claim.certified_amount
    before = claim.inspection_date - datetime.timedelta(days=1)
    assert actual_cost(site.project.pk, before) is None
