"""Subcontracts and leases: notice, review, price, and who sees the unit prices."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ccs.lib.extensions import due_items
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import RuleValue, User
from pmis.forms.projects import UnitPricesField
from pmis.models import Subcontract
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.subcontracts import (
    approve_subcontract,
    enter_subcontract,
    review_subcontract,
    sees_unit_prices,
)
from tests.factories.ccs import OrganizationFactory, UserFactory
from tests.factories.changes import contract_of
from tests.factories.pmis import ParticipantFactory, Site

GOOD = {
    "price_score": 45,
    "capability_score": 18,
    "reliability_score": 14,
    "conditions_score": 14,
    "review_result": "적정",
}


def entered(site: Site, **fields: object) -> Subcontract:
    values = {
        "subcontractor": site.firms["subcontractor"],
        "work_scope": "철근 배근",
        "contract_date": timezone.localdate(),
        "amount": 90_000_000,
        "scope_amount": 100_000_000,
        "guarantee_exemption_reason": "직접지급 합의",
    }
    return enter_subcontract(
        contract=contract_of(site), fields={**values, **fields}, by=site[Role.SITE_AGENT]
    )


def notified(site: Site, **fields: object) -> Subcontract:
    return perform(subject=entered(site, **fields), action="notify", by=site[Role.SITE_AGENT])


def test_the_ratio_is_worked_out_from_the_price_of_the_scope(site: Site) -> None:
    assert entered(site).ratio_to_prime == Decimal("90.00")
    assert entered(site, amount=1, scope_amount=3).ratio_to_prime == Decimal("33.33")


def test_a_low_price_needs_a_review_that_finds_it_appropriate(site: Site) -> None:
    row = notified(site, amount=81_990_000)
    officer = site[Role.OFFICER]
    with pytest.raises(ValidationError, match="81.99"):
        approve_subcontract(subcontract=row, review_result="", by=officer)
    with pytest.raises(RoleNotAllowed):
        review_subcontract(subcontract=row, fields=GOOD, by=site[Role.SITE_AGENT])
    poor = GOOD | {"price_score": 43}
    row = review_subcontract(subcontract=row, fields=poor, by=site[Role.SUPERVISOR])
    with pytest.raises(ValidationError, match="89"):
        approve_subcontract(subcontract=row, review_result="", by=officer)
    row = review_subcontract(subcontract=row, fields=GOOD, by=site[Role.SUPERVISOR])
    assert row.review_score == 91
    row = approve_subcontract(subcontract=row, review_result="", by=officer)
    assert (row.state, row.review_result) == ("approved", "적정")


def test_at_the_limit_no_review_is_needed(site: Site) -> None:
    row = notified(site, amount=82_000_000)
    row = approve_subcontract(subcontract=row, review_result="적정", by=site[Role.OFFICER])
    assert row.state == "approved"


def test_the_limit_of_the_contract_day_counts(site: Site) -> None:
    RuleValue.objects.create(
        key=RuleValue.Key.SUBCONTRACT_RATIO,
        value=95,
        valid_from=timezone.localdate() - datetime.timedelta(days=10),
        ground="고시",
    )
    row = notified(site)
    with pytest.raises(ValidationError):
        approve_subcontract(subcontract=row, review_result="", by=site[Role.OFFICER])
    old = notified(site, contract_date=timezone.localdate() - datetime.timedelta(days=11))
    assert approve_subcontract(subcontract=old, review_result="", by=site[Role.OFFICER])


def test_points_stay_within_their_part(site: Site) -> None:
    row = notified(site)
    with pytest.raises(ValidationError) as refused:
        review_subcontract(
            subcontract=row, fields=GOOD | {"price_score": 51}, by=site[Role.SUPERVISOR]
        )
    assert "price_score" in refused.value.message_dict


def test_an_approved_subcontract_is_not_reviewed_again(site: Site) -> None:
    row = notified(site)
    row = approve_subcontract(subcontract=row, review_result="적정", by=site[Role.OFFICER])
    with pytest.raises(TransitionNotAllowed):
        review_subcontract(subcontract=row, fields=GOOD, by=site[Role.SUPERVISOR])


def test_without_guarantee_or_reason_it_is_not_notified(site: Site) -> None:
    row = entered(site, guarantee_exemption_reason="")
    with pytest.raises(ValidationError, match="guarantee"):
        perform(subject=row, action="notify", by=site[Role.SITE_AGENT])


def test_the_contractor_is_not_its_own_subcontractor(site: Site) -> None:
    row = entered(site, subcontractor=contract_of(site).contractor)
    with pytest.raises(ValidationError, match="own subcontractor"):
        perform(subject=row, action="notify", by=site[Role.SITE_AGENT])


def test_subcontracts_never_pass_the_price_of_the_contract(site: Site) -> None:
    contract_of(site, original_amount=100_000_000)
    notified(site, amount=60_000_000)
    row = entered(site, amount=40_000_001)
    with pytest.raises(ValidationError, match="100,000,001"):
        perform(subject=row, action="notify", by=site[Role.SITE_AGENT])
    row.amount = 40_000_000
    row.save()
    assert perform(subject=row, action="notify", by=site[Role.SITE_AGENT]).notified_date


def test_a_notice_is_overdue_after_thirty_days(site: Site) -> None:
    today = timezone.localdate()
    entered(site, contract_date=today - datetime.timedelta(days=30))
    late = entered(site, contract_date=today - datetime.timedelta(days=31))
    items = [item for item in due_items(site[Role.SITE_AGENT]) if item.is_overdue]
    assert [item.url.split("/")[-2] for item in items] == [str(late.public_id)]


def test_unit_prices_are_for_the_firm_the_contractor_and_auditors(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    row = entered(site, unit_prices=[{"item": "철근 가공", "price": 654_321}])
    rival = UserFactory(organization=OrganizationFactory(kind="subcontractor"))
    ParticipantFactory(project=site.project, role=Role.SUBCONTRACTOR, user=rival)
    url = reverse("pmis:subcontract-detail", args=[site.project.public_id, row.public_id])
    people = {role: site[role] for role in Role}
    seen = {role for role in Role if "654,321" in as_user(people[role]).get(url).content.decode()}
    assert seen == {Role.SITE_AGENT, Role.ENGINEER, Role.SUBCONTRACTOR, Role.AUDITOR}
    assert "654,321" not in as_user(rival).get(url).content.decode()
    assert not sees_unit_prices(rival, row)
    oversight = UserFactory(office_role=User.OfficeRole.AUDITOR)
    assert "654,321" in as_user(oversight).get(url).content.decode()


def test_unit_prices_are_typed_one_a_line() -> None:
    field = UnitPricesField(required=False)
    assert field.clean("철근 가공; 12,000\n거푸집\t8000\n\n") == [
        {"item": "철근 가공", "price": 12_000},
        {"item": "거푸집", "price": 8_000},
    ]
    assert field.prepare_value([{"item": "철근", "price": 5}]) == "철근; 5"
    with pytest.raises(ValidationError):
        field.clean("철근 12000")


def test_the_review_is_written_on_its_page(site: Site, as_user: Callable[[User], Client]) -> None:
    row = notified(site, amount=50_000_000)
    url = reverse("pmis:subcontract-review", args=[site.project.public_id, row.public_id])
    client = as_user(site[Role.SUPERVISOR])
    assert client.get(url).status_code == 200
    assert client.post(url, {**GOOD, "price_score": "49"}).status_code == 302
    row.refresh_from_db()
    assert (row.review_score, row.reviewed_date) == (95, timezone.localdate())
    assert as_user(site[Role.SITE_AGENT]).get(url).status_code == 403
