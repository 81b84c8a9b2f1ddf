"""One project, walked by everybody who works on it through the seven stages to the citizen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from ccs.models import User
from pmis.demo.pdfs import pdf_of
from pmis.models import DocumentClass, Project
from pmis.roles import Role
from tests.browser.conftest import violations
from tests.browser.hands import ONE_DAY, PASSWORD, Hand, Walk
from tests.factories import changes
from tests.factories.ccs import AreaFactory, OrganizationFactory, UserFactory
from tests.factories.documents import approved, document
from tests.factories.pmis import FIRMS, ParticipantFactory

pytestmark = pytest.mark.django_db(transaction=True)

#: Two work items, of which the daily report says that all is done.
PLAN = (
    "code,name,unit,quantity,amount,start,finish,predecessors\n"
    "A1,거더 거치,t,10,600000000,{begin},{end},\n"
    "A2,바닥판 철근,t,58,400000000,{begin},{end},\n"
)


@pytest.fixture
def walk(transactional_db: None, context_of: Callable[..., BrowserContext]) -> Iterator[Walk]:
    """Everybody with an account, signed in by the form; the project is not entered yet."""
    firms = {
        kind: OrganizationFactory(kind=kind, name=name)
        for kind, name in (
            ("ordering_body", "새봄구청"),
            ("contractor", "한결종합건설"),
            ("supervision_firm", "바른감리단"),
            ("subcontractor", "다온토건"),
            ("designer", "그린설계"),
        )
    }
    AreaFactory(code="S1")
    people: dict[str, User] = {}
    for role in Role:
        people[role] = UserFactory(organization=firms[FIRMS.get(role, "ordering_body")])
    people["executive"] = UserFactory(
        organization=firms["ordering_body"], office_role=User.OfficeRole.EXECUTIVE
    )
    for user in people.values():
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    hands = {role: Hand(context_of(), user) for role, user in people.items()}
    yield Walk(people, firms, hands, timezone.localdate(), Project())


def test_a_project_is_walked_through_all_seven_stages(
    walk: Walk, context_of: Callable[..., BrowserContext], publisher: None
) -> None:
    _registration(walk)
    _people_and_contract(walk)
    _schedule(walk)
    _reports(walk)
    _inspections_and_safety(walk)
    _letters(walk)
    _subcontract_and_documents(walk)
    _design_change(walk)
    _progress_claim(walk)
    _evaluation(walk)
    _completion(walk)
    _those_who_only_read(walk)
    _citizen(walk, context_of)


# -- 1 Registration -------------------------------------------------------------------------------


def _registration(walk: Walk) -> None:
    officer = walk[Role.OFFICER]
    officer.open("/pmis/projects/")
    officer.page.locator("main a[href='/pmis/projects/new/']").first.click()
    officer.fill(
        code="W-1",
        name="은행나무길 보행교",
        work_type="bridge",
        ordering_body="새봄구청",
        areas="S1",
        start_date=walk.start,
        original_completion_date=walk.end,
        planned_completion_date=walk.end,
        original_cost_amount=2_000_000_000,
        total_cost_amount=2_000_000_000,
    )
    officer.page.locator(".actions button").click()
    officer.page.wait_for_url(re.compile(r"/pmis/projects/[0-9a-f-]{36}/$"))
    walk.project = Project.objects.get(code="W-1")
    guide = walk.guide(Role.OFFICER)
    guide.asks(1, "Project registered", "officer")
    guide.asks(1, "Construction contract", "officer")
    guide.rests(2, "begins with the contract")
    walk.lead("register")
    guide.has(1, "Project registered")
    guide.asks(1, "Site agent named", "officer")


def _people_and_contract(walk: Walk) -> None:
    officer, guide = walk[Role.OFFICER], walk.guide(Role.OFFICER)
    for role in (Role.SUPERVISOR, Role.SITE_AGENT):
        officer.open(f"{walk.home}participants/")
        officer.page.locator("main a[href$='/participants/new/']").click()
        user = walk.people[role]
        officer.fill(
            role=role,
            organization=user.organization.name,
            user=user.username,
            name=user.name,
            valid_from=walk.start,
        )
        officer.page.locator(".actions button").click()
        officer.page.wait_for_url(re.compile("/participants/$"))
    for role in Role:
        if role not in (Role.OFFICER, Role.SUPERVISOR, Role.SITE_AGENT):
            ParticipantFactory(project=walk.project, role=role, user=walk.people[role])
    guide.follow(1, "Construction contract")
    accounting = walk[Role.ACCOUNTING_OFFICER]
    accounting.open(f"{walk.home}contracts/")
    accounting.page.locator("main a[href$='/contracts/new/']").click()
    accounting.fill(
        kind="construction",
        number="C-1",
        title="보행교 신설",
        contractor="한결종합건설",
        signed_date=walk.start,
        original_amount=1_000_000_000,
        start_date=walk.start,
        original_completion_date=walk.end,
    )
    accounting.page.locator(".actions button").click()
    accounting.page.wait_for_url(re.compile("/contracts/[0-9a-f-]{36}/$"))
    guide.asks(1, "Construction contract", "officer")
    accounting.page.locator("main a[href$='/sign/']").click()
    accounting.page.locator("main form button").last.click()
    accounting.page.wait_for_url(re.compile("/contracts/[0-9a-f-]{36}/$"))
    guide.is_complete(1)
    for action in ("contract", "commence", "progress"):
        walk.lead(action, date=walk.start)
    guide.asks(2, "Schedule approved by the ordering body", "site agent")


# -- 2 Plan and schedule --------------------------------------------------------------------------


def _schedule(walk: Walk) -> None:
    engineer, agent = walk[Role.ENGINEER], walk[Role.SITE_AGENT]
    engineer.open(f"{walk.home}progress/import/")
    plan = PLAN.format(begin=walk.start, end=walk.today + 30 * ONE_DAY)
    engineer.attach("plan.csv", plan.encode(), "text/csv")
    engineer.page.get_by_role("button", name="Read the file").click()
    engineer.page.get_by_role("button", name="Take over into the draft").click()
    engineer.page.wait_for_url(re.compile("/schedules/write/plan/$"))
    agent.open(engineer.page.url)
    address = agent.submit()
    walk.guide(Role.SITE_AGENT).asks(2, "Schedule approved by the ordering body", "officer")
    walk[Role.SUPERVISOR].step(address, "confirm")
    walk[Role.OFFICER].step(address, "approve")
    walk.guide(Role.SITE_AGENT).is_complete(2)
    assert "거더 거치" in agent.open(f"{walk.home}progress/")


# -- 3 Reports and approvals ----------------------------------------------------------------------


def _reports(walk: Walk) -> None:
    agent, guide = walk[Role.SITE_AGENT], walk.guide(Role.SITE_AGENT)
    guide.asks(3, "Daily report of", "site agent (you)")
    guide.follow(3, "Daily report of")
    for place, (code, quantity) in enumerate((("A1", 10), ("A2", 58))):
        agent.add_line("work_lines")
        line = agent.page.locator("#work_lines .line-form, #work_lines > *").nth(place)
        item = line.locator("select[name$='-work_item']")
        item.select_option(agent._option(item, code))
        line.locator("[name$='-quantity']").first.fill(str(quantity))
    agent.fill(weather_am="clear", work_summary="거더를 모두 거치하고 바닥판 배근을 마침")
    address = agent.submit()
    walk[Role.SUPERVISOR].step(address, "confirm")
    walk[Role.OFFICER].step(address, "approve")
    guide.has(3, "Daily report of")
    _log(walk)
    _period(walk, "Weekly report", Role.ENGINEER, Role.SUPERVISOR, "site agent")
    spent, owed_by = {"budget_executed_amount": 150_000_000}, "responsible supervisor"
    _period(walk, "Monthly report", Role.SUPERVISOR, Role.OFFICER, owed_by, **spent)
    guide.is_complete(3)


def _log(walk: Walk) -> None:
    guide, inspector = walk.guide(Role.INSPECTOR), walk[Role.INSPECTOR]
    guide.asks(3, "Supervision log of", "responsible supervisor")
    guide.follow(3, "Supervision log of")
    inspector.fill(instructions="바닥판 피복 두께 확인")
    inspector.fill(duty_lines__participant=walk.people[Role.INSPECTOR].name, duty_lines__hours=8)
    address = inspector.submit()
    walk[Role.OFFICER].step(address, "approve")
    guide.has(3, "Supervision log of")


def _period(
    walk: Walk, name: str, writer: Role, decider: Role, owed_by: str, **values: Any
) -> None:
    guide = walk.guide(writer)
    guide.asks(3, name, owed_by)
    guide.follow(3, name)
    walk[writer].fill(summary="거더 거치와 바닥판 배근", **values)
    address = walk[writer].submit()
    walk[decider].step(address, "approve")
    guide.has(3, name)


def _inspections_and_safety(walk: Walk) -> None:
    engineer, inspector = walk[Role.ENGINEER], walk[Role.INSPECTOR]
    engineer.begin(walk.project, "inspection-requests")
    engineer.add_line("items")
    engineer.fill(
        activity="바닥판 철근",
        location="2번 경간",
        inspection_date=walk.today,
        inspection_time="14:00",
        items__item="피복 두께",
        items__self_check="pass",
    )
    inspector.step(engineer.submit(), "pass", items__result="pass", items__measured_value="42 mm")
    _material(walk)
    _finding(walk)


def _material(walk: Walk) -> None:
    engineer, inspector = walk[Role.ENGINEER], walk[Role.INSPECTOR]
    engineer.begin(walk.project, "material-approvals")
    engineer.fill(
        item="이형철근",
        standard="SD400 D16",
        quantity=58,
        unit="t",
        intended_location="바닥판",
        manufacturer="한강제강",
        supplier="한강상사",
        certificate="KS D 3504",
    )
    material = engineer.submit()
    walk[Role.SUPERVISOR].step(material, "approve")
    inspector.step(
        material,
        "receive",
        receipts__date=walk.today,
        receipts__lot="1",
        receipts__quantity=20,
        receipts__result="accepted",
    )


def _finding(walk: Walk) -> None:
    inspector = walk[Role.INSPECTOR]
    inspector.begin(walk.project, "safety-findings")
    inspector.fill(
        hazard="난간 없음",
        place="2번 경간",
        organization="다온토건",
        due_date=walk.today + 2 * ONE_DAY,
    )
    finding = inspector.send()
    walk[Role.SUBCONTRACTOR].step(finding, "done", action_note="난간을 세움")
    inspector.step(finding, "verify", verification_note="확인함")
    assert "난간 없음" in inspector.open(f"{walk.home}safety-findings/")


# -- 4 Directives and letters ---------------------------------------------------------------------


def _letters(walk: Walk) -> None:
    officer, agent = walk[Role.OFFICER], walk[Role.SITE_AGENT]
    officer.begin(walk.project, "letters")
    officer.fill(
        kind="directive",
        receiver_side="contractor",
        title="가설울타리 보강 지시",
        body="강풍에 대비해 보강하시기 바랍니다.",
        due_date=walk.today + 3 * ONE_DAY,
    )
    directive = officer.submit()
    assert "강풍에 대비해" in agent.open(directive)
    agent.step(directive, "reply", reply="보강을 마쳤습니다.")
    officer.step(directive, "accept")
    agent.begin(walk.project, "letters")
    agent.fill(
        kind="request",
        receiver_side="supervision",
        title="이음 길이 질의",
        body="도면과 시방서가 다릅니다.",
        due_date=walk.today + 3 * ONE_DAY,
    )
    question = agent.submit()
    walk[Role.SUPERVISOR].step(question, "reply", reply="도면에 따르십시오.")
    agent.step(question, "accept")
    walk.guide(Role.SITE_AGENT).is_complete(4)


# -- 5 Documents ----------------------------------------------------------------------------------


def _subcontract_and_documents(walk: Walk) -> None:
    agent, guide = walk[Role.SITE_AGENT], walk.guide(Role.OFFICER)
    contract = walk.project.contracts.get()
    agent.open(f"{walk.home}contracts/{contract.public_id}/")
    agent.page.locator("main a[href$='/subcontracts/new/']").click()
    agent.fill(
        subcontractor="다온토건",
        work_scope="철근 배근",
        contract_date=walk.today,
        scope_amount=200_000_000,
        amount=180_000_000,
        guarantee_exemption_reason="직접지급 합의",
    )
    agent.page.locator(".actions button").click()
    agent.page.wait_for_url(re.compile("/subcontracts/[0-9a-f-]{36}/$"))
    address = agent.page.url
    agent.page.locator("button[name=action][value=notify]").click()
    guide.asks(5, "Subcontracts reviewed", "officer")
    officer = walk[Role.OFFICER]
    officer.open(address)
    officer.page.locator("textarea[name=comment]").fill("적정함")
    officer.page.locator("button[name=action][value=approve]").click()
    guide.has(5, "Subcontracts reviewed")
    assert "철근 배근" in walk[Role.SUBCONTRACTOR].open(address)
    _document(walk, 5, "Method statement", Role.SITE_AGENT, Role.SUPERVISOR, "site agent")
    _documents_in_bulk(walk, "contract", "commencement", "construction")
    guide.is_complete(5)


def _document(walk: Walk, stage: int, name: str, writer: Role, decider: Role, owed_by: str) -> None:
    """File a document that the guide misses, where the guide leads to."""
    guide, hand = walk.guide(writer), walk[writer]
    guide.asks(stage, name, owed_by)
    guide.follow(stage, name)
    hand.fill(title=name, document_date=walk.today)
    hand.attach("document.pdf", pdf_of([name]), "application/pdf")
    walk[decider].step(hand.submit(), "approve")
    hand.open(guide.address)
    expect(guide.row(stage, name)).to_have_count(0)


def _documents_in_bulk(walk: Walk, *stages: str) -> None:
    """File the rest of what stages demand: the same page again and again."""
    demanded = DocumentClass.objects.filter(stage__in=stages, is_demanded=True)
    for row in demanded.exclude(documents__project=walk.project).exclude(record_type="schedule"):
        approved(walk.site, document(walk.site, row.code), ("approve", Role.SUPERVISOR))


# -- Design change and progress claim, between the stages -----------------------------------------


def _design_change(walk: Walk) -> None:
    agent = walk[Role.SITE_AGENT]
    agent.begin(walk.project, "design-changes")
    agent.fill(
        contract="C-1",
        title="난간 높이 변경",
        description="보행 안전",
        after_completion_date=walk.end + 10 * ONE_DAY,
        quantity_lines__section="난간",
        quantity_lines__name="난간",
        quantity_lines__unit="m",
        quantity_lines__before_quantity=10,
        quantity_lines__after_quantity=12,
        quantity_lines__unit_price_amount=1_000_000,
    )
    address = agent.submit()
    walk[Role.SUPERVISOR].step(address, "confirm", review_opinion="타당함")
    walk[Role.DEPARTMENT_HEAD].step(address, "approve", committee_result="원안 가결")
    walk[Role.ACCOUNTING_OFFICER].step(address, "amend", amended_date=walk.today)
    contract = walk.project.contracts.get()
    assert contract.amount == 1_002_000_000
    assert "1,002,000,000" in agent.open(f"{walk.home}contracts/{contract.public_id}/")


def _progress_claim(walk: Walk) -> None:
    agent, accounting = walk[Role.SITE_AGENT], walk[Role.ACCOUNTING_OFFICER]
    agent.begin(walk.project, "progress-claims")
    agent.fill(from_date=walk.start, to_date=walk.today, items__quantity=4)
    address = agent.submit()
    walk[Role.SUPERVISOR].step(
        address,
        "certify",
        inspection_date=walk.today,
        supervision_statement="설계도서대로 시공됨",
        items__certified_quantity=4,
    )
    walk[Role.OFFICER].step(address, "approve")
    accounting.step(address, "send_to_payment")
    assert "240,000,000" in accounting.open(address)


# -- 6 Evaluation ---------------------------------------------------------------------------------


def _evaluation(walk: Walk) -> None:
    officer, guide = walk[Role.OFFICER], walk.guide(Role.OFFICER)
    guide.asks(6, "Evaluation at 30", "officer")
    guide.follow(6, "Evaluation at 30")
    officer.fill(evaluated_date=walk.today, evaluators="김평가, 이평가")
    for points in officer.page.locator("[name^='scores-'][name$='-points']").all():
        points.fill("9")
    address = officer.submit()
    walk[Role.DEPARTMENT_HEAD].step(address, "notify_result")
    walk[Role.SITE_AGENT].step(address, "object", objection="안전 점수를 다시 보아 주십시오.")
    walk[Role.DEPARTMENT_HEAD].step(address, "answer_objection", objection_answer="그대로 둠")
    guide.asks(6, "Evaluation at 60", "officer")
    for stage in (60, 95):
        changes.final_evaluation(walk.site, stage=stage)
    guide.is_complete(6)


# -- 7 As-built drawings --------------------------------------------------------------------------


def _completion(walk: Walk) -> None:
    guide, agent = walk.guide(Role.OFFICER), walk[Role.SITE_AGENT]
    guide.rests(7, "begins with the final inspection")
    walk.lead("inspect", date=walk.today)
    walk.lead("complete", date=walk.today)
    guide.has(7, "Day of completion entered")
    walk.guide(Role.SITE_AGENT).asks(7, "As-built drawings", "site agent")
    agent.begin(walk.project, "drawings")
    agent.fill(
        drawing_number="C-101",
        title="준공 일반도",
        drawing_status="as_built",
        sheet_revision="0",
        issued_date=walk.today,
    )
    agent.attach("drawing.pdf", pdf_of(["준공 일반도"]), "application/pdf")
    drawing = agent.submit()
    walk[Role.SUPERVISOR].step(drawing, "confirm")
    walk[Role.OFFICER].step(drawing, "approve")
    report, owed_by = "Completion inspection report", "responsible supervisor"
    _document(walk, 7, report, Role.SUPERVISOR, Role.OFFICER, owed_by)
    _documents_in_bulk(walk, "completion")
    guide.is_complete(7)
    walk.lead("hand_over")
    walk.guide(Role.OFFICER).asks(7, "Defect guarantee", "site agent")
    _documents_in_bulk(walk, "defect_period")
    guide.is_complete(7)
    assert "준공 일반도" in walk[Role.DEPARTMENT_HEAD].open(f"{walk.home}hand-over/")


# -- Those who read, and the citizen --------------------------------------------------------------


def _those_who_only_read(walk: Walk) -> None:
    report = walk.project.dailyreports.get()
    for role in ("executive", Role.AUDITOR, Role.DESIGNER, Role.JOINT_MEMBER):
        hand = walk[role]
        hand.open("/pmis/")
        assert walk.project.name in hand.open("/pmis/projects/")
        hand.open(f"{walk.home}stages/")
        hand.open(f"/pmis/daily-reports/{report.public_id}/")
        expect(hand.page.locator(".actions button, .actions a")).to_have_count(0)
        hand.refused(f"{walk.home}edit/")
    assert "준공 일반도" in walk[Role.AUDITOR].open(f"{walk.home}hand-over/")
    assert walk.people[Role.OFFICER].name in walk[Role.AUDITOR].open(f"{walk.home}history/")


def _citizen(walk: Walk, context_of: Callable[..., BrowserContext]) -> None:
    page = context_of().new_page()
    address = f"/en/projects/{walk.project.public_id}/"
    for _ in range(100):
        answer = page.goto(f"{address}records/")
        if (
            answer is not None
            and answer.status == 200
            and "Performance evaluations" in page.content()
        ):
            break
        page.wait_for_timeout(100)
    shown = page.locator("main").inner_text().lower()
    for kind in ("contract", "schedule", "daily report", "design change", "progress claim"):
        assert kind in shown, kind
    page.goto(address)
    assert "은행나무길 보행교" in page.locator("main").inner_text()
    assert violations(page) == []
    page.goto(f"{address}reports/")
    with page.expect_navigation():
        page.locator("main a[href*='/en/reports/']").first.click()
    assert "바닥판 배근을 마침" in page.locator("main").inner_text()
