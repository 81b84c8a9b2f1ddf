"""Performance evaluations and penalties: what is owed, scores, hearing, appeal, firm history."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from ccs.lib.extensions import due_items
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import Project
from pmis.roles import Role
from pmis.services.evaluations import grade_of, owed_evaluations, score_of
from tests.factories.changes import (
    DAY,
    approved_change,
    contract_of,
    evaluation,
    final_evaluation,
    imposed_penalty,
    lead,
    penalty,
)
from tests.factories.pmis import Site


def at_rate(site: Site, rate: str) -> None:
    """Write a rate past the lock: the arithmetic is another test's subject."""
    report = site.report("approved")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE pmis_dailyreport SET actual_rate = %s WHERE id = %s", [rate, report.pk]
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    ("score", "grade"),
    [("100", "A"), ("90", "A"), ("89.99", "B"), ("80", "B"), ("70", "C"), ("60", "D"), ("0", "E")],
)
def test_grades_follow_the_scale(score: str, grade: str) -> None:
    assert grade_of(Decimal(score)) == grade


def test_a_score_is_of_a_hundred_whatever_the_form_gives() -> None:
    assert score_of([(Decimal(20), Decimal(40)), (Decimal(10), Decimal(20))]) == Decimal("50.00")
    assert score_of([(Decimal(1), Decimal(3))]) == Decimal("33.33")


@pytest.mark.parametrize(
    ("rate", "stages"),
    [("29.99", []), ("30.00", [30]), ("61.00", [30, 60]), ("95.00", [30, 60, 95])],
)
def test_a_stage_is_owed_once_the_actual_rate_reaches_it(
    site: Site, rate: str, stages: list[int]
) -> None:
    contract_of(site)
    at_rate(site, rate)
    owed = owed_evaluations(Project.objects.filter(pk=site.project.pk))
    assert [row.stage for row in owed] == stages
    shown = [item.title for item in due_items(site[Role.OFFICER])]
    assert len([title for title in shown if "Evaluation" in title]) == len(stages)
    assert not [item for item in due_items(site[Role.SITE_AGENT]) if "Evaluation" in item.title]


def test_nothing_is_owed_in_short_term_mode_or_when_it_is_under_way(site: Site) -> None:
    contract_of(site)
    at_rate(site, "35.00")
    projects = Project.objects.filter(pk=site.project.pk)
    evaluation(site)
    assert owed_evaluations(projects) == []
    projects.update(mode="short_term")
    assert owed_evaluations(projects) == []


def test_a_short_term_project_is_not_evaluated(site: Site) -> None:
    Project.objects.filter(pk=site.project.pk).update(mode="short_term")
    record = evaluation(site)
    with pytest.raises(ValidationError, match="short-term"):
        lead(site, record, ("submit", Role.OFFICER, {}))


def test_the_result_is_made_known_objected_to_and_final(site: Site) -> None:
    record = lead(site, evaluation(site), ("submit", Role.OFFICER, {}))
    assert (record.total_score, record.grade) == (Decimal("85.00"), "B")
    assert record.firm == contract_of(site).contractor
    with pytest.raises(RoleNotAllowed):
        lead(site, record, ("notify_result", Role.ACCOUNTING_OFFICER, {}))
    record = lead(
        site,
        record,
        ("notify_result", Role.DEPARTMENT_HEAD, {}),
        ("object", Role.SITE_AGENT, {"objection": "시험 횟수가 다름"}),
    )
    with pytest.raises(TransitionNotAllowed):
        lead(site, record, ("make_final", Role.OFFICER, {}))
    record = lead(
        site, record, ("answer_objection", Role.OFFICER, {"objection_answer": "대장과 같음"})
    )
    assert (record.state, bool(record.final_date)) == ("final", True)


def test_a_stage_is_evaluated_once(site: Site) -> None:
    final_evaluation(site)
    with pytest.raises(ValidationError, match="already"):
        lead(site, evaluation(site), ("submit", Role.OFFICER, {}))
    assert final_evaluation(site, stage=60).state == "final"


def test_the_firm_sees_an_evaluation_once_it_is_made_known_and_never_who_made_it(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    record = lead(site, evaluation(site), ("submit", Role.OFFICER, {}))
    url = reverse("pmis:evaluation-detail", args=[record.public_id])
    assert as_user(site[Role.SITE_AGENT]).get(url).status_code == 404
    lead(site, record, ("notify_result", Role.DEPARTMENT_HEAD, {}))
    page = as_user(site[Role.SITE_AGENT]).get(url)
    assert page.status_code == 200
    assert "김평가" not in page.content.decode()
    assert "김평가" in as_user(site[Role.OFFICER]).get(url).content.decode()


def test_nobody_is_punished_before_the_hearing(site: Site) -> None:
    record = lead(site, penalty(site), ("submit", Role.OFFICER, {}))
    with pytest.raises(TransitionNotAllowed):
        lead(site, record, ("impose", Role.DEPARTMENT_HEAD, {"hearing_minutes": "없음"}))
    record = lead(site, record, ("hear", Role.OFFICER, {"hearing_date": "2099-01-01"}))
    assert record.state == "hearing"
    with pytest.raises(ValidationError, match="hearing"):
        lead(site, record, ("impose", Role.DEPARTMENT_HEAD, {"hearing_minutes": "진술"}))


@pytest.mark.parametrize(("action", "state"), [("uphold", "final"), ("annul", "annulled")])
def test_an_appeal_ends_final_or_annulled(site: Site, action: str, state: str) -> None:
    record = imposed_penalty(site)
    assert (record.state, bool(record.imposed_date)) == ("imposed", True)
    record = lead(
        site,
        record,
        ("appeal", Role.SITE_AGENT, {"appeal": "사실과 다름"}),
        (action, Role.DEPARTMENT_HEAD, {"appeal_result": "심의 결과"}),
    )
    assert record.state == state


def test_an_engineer_needs_a_role_that_the_public_sees(site: Site) -> None:
    record = penalty(site, engineer_role="")
    with pytest.raises(ValidationError) as refused:
        lead(site, record, ("submit", Role.OFFICER, {}))
    assert "engineer_role" in refused.value.message_dict


def test_the_history_of_a_firm_is_for_the_office(
    site: Site, other_site: Site, as_user: Callable[[User], Client]
) -> None:
    change, points = approved_change(site), imposed_penalty(site)
    firm = contract_of(site).contractor
    elsewhere = approved_change(other_site, title="다른 사업의 변경")
    url = reverse("pmis:firm-detail", args=[firm.public_id])
    page = as_user(site[Role.OFFICER]).get(url).content.decode()
    assert change.title in page and points.legal_ground in page
    assert elsewhere.title not in page
    assert as_user(site[Role.SITE_AGENT]).get(url).status_code == 403


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["evaluation", "penalty"])
def test_register_form_and_page_are_shown(
    site: Site,
    as_user: Callable[[User], Client],
    django_assert_max_num_queries: Any,
    name: str,
    language: str,
) -> None:
    person = site[Role.OFFICER]
    User.objects.filter(pk=person.pk).update(language=language)
    record = {"evaluation": final_evaluation, "penalty": imposed_penalty}[name](site)
    client = as_user(person)
    assert client.get(reverse(f"pmis:{name}-detail", args=[record.public_id])).status_code == 200
    begin = reverse(f"pmis:{name}-begin", args=[site.project.public_id])
    page = client.get(begin, follow=True)
    assert page.status_code == 200
    if name == "evaluation":
        assert "공정관리" in page.content.decode()
    with django_assert_max_num_queries(12):
        assert client.get(reverse(f"pmis:{name}-list")).status_code == 200


def test_the_form_begins_at_the_stage_that_is_owed(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    contract_of(site)
    at_rate(site, "61.00")
    items = [item for item in due_items(site[Role.OFFICER]) if "60" in item.title]
    page = as_user(site[Role.OFFICER]).get(items[0].url).content.decode()
    assert '<option value="60" selected>' in page
    assert str(DAY.year) in page
