"""Letters, minutes, complaints and visits of the demonstration, in all states of their lives."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pmis.demo.dice import dice, public_id
from pmis.demo.events import log
from pmis.demo.people import Team
from pmis.demo.plan import Plan
from pmis.demo.store import Store
from pmis.demo.times import at, is_office_day, office_day_after
from pmis.demo.words import person
from pmis.models import (
    ActionItem,
    ApprovalEvent,
    CarriedItem,
    ComplaintEntry,
    Letter,
    LetterAttachment,
    LetterReceipt,
    LetterRound,
    Meeting,
    MeetingAttendee,
    Participant,
    Visit,
)
from pmis.roles import Role

DAY = datetime.timedelta(days=1)
SIGNER = {
    "ordering_body": Role.OFFICER,
    "supervision": Role.SUPERVISOR,
    "contractor": Role.SITE_AGENT,
}


class Case(NamedTuple):
    """A letter that sites write: who to whom, about what, how answered, and where it stands."""

    kind: str
    sender: str
    receiver: str
    title: str
    body: str
    reply: str
    state: str
    #: Days before today on which it was issued, and days it gives for the reply.
    ago: int
    days: int
    attachment: str = ""
    ground: str = ""


CASES = (
    Case("directive", "ordering_body", "contractor", "동절기 대비 현장 안전관리 강화 지시",
         "한파와 강설에 대비해 제설 자재를 갖추고, 가설통로의 "
         "결빙 방지 대책을 세워 결과를 보고하시기 바랍니다.",
         "제설 자재 3개소 비치와 가설통로 매트 설치를 마쳤습니다.", "closed", 40, 10, "점검표 1부"),
    Case("directive", "supervision", "contractor", "철근 가공장 정리와 녹 방지 조치 지시",
         "야적한 철근이 지면에 닿아 있으니 받침목을 놓고 덮개를 씌우시기 바랍니다.",
         "받침목과 덮개를 설치했습니다.", "closed", 31, 5),
    Case("information", "contractor", "supervision", "집수정 위치 도면 불일치에 대한 질의",
         "배수 평면도와 종단도의 집수정 위치가 1.2 m 다릅니다. 시공 기준을 알려 주시기 바랍니다.",
         "종단도를 기준으로 시공하고 평면도는 "
         "설계자가 고쳐 보냅니다.", "closed", 26, 7, "도면 사본 2부"),
    Case("site_condition", "contractor", "supervision", "지장 통신관로 발견에 따른 실정보고",
         "굴착 중 도면에 없는 통신관로가 나왔습니다. 이설 또는 보호 방법의 검토를 요청합니다.",
         "통신사와 합동 조사 뒤 보호공으로 "
         "처리하기로 했습니다.", "replied", 16, 8, "현황 사진 6매"),
    Case("report", "supervision", "ordering_body", "공정 만회대책 검토 보고",
         "시공자가 낸 만회대책을 검토한 결과 야간작업 없이 달성할 수 있다고 판단됩니다.",
         "", "received", 9, 10, "검토의견서 1부"),
    Case("directive", "ordering_body", "contractor", "보행자 우회로 안내판 보완 지시",
         "우회로 안내판이 어두워 보이지 않는다는 의견이 있으니 "
         "조명을 더하고 결과를 보고하시기 바랍니다.",
         "안내판 2개소에 조명을 달았습니다.", "reinstructed", 18, 6),
    Case("directive", "supervision", "contractor", "가설울타리 보강 지시",
         "강풍 예보에 따라 남측 가설울타리의 버팀대를 보강하시기 바랍니다.", "", "received", 12, 5),
    Case("letter", "ordering_body", "supervision", "감사 자료 제출 협조 요청",
         "자체 감사와 관련해 검측 자료의 제출을 요청합니다.", "", "issued", 3, 8, "", "G5"),
    Case("letter", "contractor", "ordering_body", "현장대리인 휴가에 따른 대리 근무 알림",
         "다음 주 휴가 기간의 대리 근무자를 알려 드립니다.", "", "closed", 8, 0),
    Case("directive", "ordering_body", "contractor", "연말 공사장 청소와 자재 정돈 지시",
         "보도에 쌓인 자재를 치우고 주변을 청소하시기 바랍니다.", "", "issued", 2, 7),
)  # fmt: skip
AGAIN = "조도 측정 결과가 빠졌습니다. 측정값을 붙여 다시 보고하시기 바랍니다."
TASKS = (
    ("굴착면 배수로 정비", Role.SITE_AGENT), ("콘크리트 시험성적서 제출", Role.SITE_AGENT),
    ("지장물 이설 협의 결과 통보", Role.OFFICER), ("검측 일정표 배포", Role.SUPERVISOR),
    ("야간 신호수 추가 배치", Role.SITE_AGENT), ("민원 설명회 자료 작성", Role.SUPERVISOR),
)  # fmt: skip
AGENDAS = {
    "weekly": ("주간 공정 실적과 다음 주 계획, 안전·품질 점검 결과",
               "다음 주 콘크리트 타설 전 합동 검측을 한다."),
    "safety": ("위험성평가 결과와 동절기 안전대책",
               "작업 전 안전점검 회의에 협력업체가 모두 참석한다."),
    "technical": ("구조물 이음부 시공 상세", "지수판 이음은 공장 제작품을 쓴다."),
    "design_change": ("지장물 보호공에 따른 설계변경", "실정보고 검토 뒤 물량을 확정한다."),
}  # fmt: skip
COMPLAINTS = (
    ("noise", "phone", "이른 아침 장비 소음이 큽니다.", "작업 시작을 8시로 늦추었습니다.",
     "closed", 33),
    ("dust", "online", "공사 차량이 지난 뒤 흙먼지가 납니다.",
     "세륜시설을 고치고 살수차를 늘렸습니다.", "replied", 12),
    ("access", "in_person", "상가 앞 통로가 좁아 다니기 어렵습니다.", "", "assigned", 6),
    ("vibration", "office", "발파 진동으로 문이 흔들립니다.", "", "open", 2),
)  # fmt: skip
VISITS = (
    ("safety", "안전보건공단(지어냄)", "동절기 위험요인 점검", "난간 보강을 권고함", 24),
    ("supervision", "", "공정 확인", "보도 복구를 서두르도록 요청함", 10),
    ("inspection", "소방서(지어냄)", "임시소방시설 확인", "", 5),
)


class LetterWriter:
    """Collects the papers of one site after the other."""

    def __init__(self, store: Store) -> None:
        self.store = store
        rows = Participant.objects.filter(valid_to=None, user__isnull=False)
        #: By project and role: the participant in office.
        self.offices = {(row.project_id, row.role): row.pk for row in rows}

    def write(self, plans: list[Plan], teams: dict[int, Team]) -> None:
        """Collect and send all papers of the running sites, led to their states."""
        for plan in plans:
            if plan.is_running and plan.first_report:
                self._add_letters(plan, teams[plan.number])
                self._add_meetings(plan, teams[plan.number])
                self._add_complaints(plan, teams[plan.number])
                self._add_visits(plan, teams[plan.number])
        store = self.store
        store.write(Letter, LetterAttachment, Meeting, MeetingAttendee, CarriedItem, ActionItem)
        store.write(ComplaintEntry, Visit)
        for model in (Letter, Meeting, ComplaintEntry, Visit):
            store.decide(model)
        store.write(LetterRound, LetterReceipt, ApprovalEvent)

    # -- Letters ---------------------------------------------------------------------------------

    def _add_letters(self, plan: Plan, team: Team) -> None:
        sent: dict[str, int] = {}
        came: dict[str, int] = {}
        cases = sorted(CASES, key=lambda case: -case.ago)
        for place, case in enumerate(cases):
            if plan.number % 3 and place % 3 == plan.number % 3:
                continue  # Not every site has every paper.
            day = self._office_day(case.ago + plan.number % 2)
            if plan.start and day >= plan.start:
                sent[case.sender] = sent.get(case.sender, 0) + 1
                is_open = case.state == "issued"
                came[case.receiver] = came.get(case.receiver, 0) + (not is_open)
                numbers = (sent[case.sender], came[case.receiver], sum(sent.values()))
                self._add_letter(plan, team, case, day, numbers)

    def _add_letter(
        self,
        plan: Plan,
        team: Team,
        case: Case,
        day: datetime.date,
        numbers: tuple[int, int, int],
    ) -> None:
        issued = at(day, 600 + plan.number % 50)
        received = issued + datetime.timedelta(minutes=95)
        bodies = {
            "ordering_body": team.body,
            "supervision": team.supervision,
            "contractor": team.contractor,
        }
        signer, reader = SIGNER[case.sender], SIGNER[case.receiver]
        identity = public_id(issued, dice("letter", plan.number, case.title))
        due = office_day_after(day, case.days) if case.days else None
        is_read = case.state != "issued"
        replied = office_day_after(day, 3) if case.reply else None
        goes_on = case.state == "reinstructed"
        new_due = office_day_after(self.store.today, 4) if goes_on else due
        key = self.store[Letter].add(
            public_id=identity,
            project_id=plan.id,
            number=numbers[2],
            author_id=team.people[signer].id,
            created_at=issued,
            kind=case.kind,
            sender_side=case.sender,
            receiver_side=case.receiver,
            sender_id=bodies[case.sender].id,
            receiver_id=bodies[case.receiver].id,
            title=case.title,
            body=case.body,
            needs_reply=bool(case.days),
            due_date=new_due,
            non_public_ground=case.ground,
            date=day,
            sent_number=numbers[0],
            received_number=numbers[1] if is_read else None,
            received_at=received if is_read else None,
            reply="" if goes_on else case.reply,
            reply_date=None if goes_on else replied,
            instruction=AGAIN if goes_on else "",
        )
        self.store.decided[Letter].append((key, case.state, issued))
        self._add_lines(case, key, due, replied)
        if is_read:
            self.store[LetterReceipt].add(
                letter_id=key,
                user_id=team.people[reader].id,
                organization_id=team.people[reader].organization.id,
                role=str(reader),
                at=received,
            )
        self._log_letter(plan, team, case, (identity, issued, received, replied))

    def _add_lines(
        self, case: Case, key: int, due: datetime.date | None, replied: datetime.date | None
    ) -> None:
        """Collect the attachment, and the reply that was not enough."""
        if case.attachment:
            self.store[LetterAttachment].add(letter_id=key, title=case.attachment)
        if case.state == "reinstructed" and replied:
            self.store[LetterRound].add(letter_id=key, due_date=due, reply=case.reply,
                                        reply_date=replied, instruction=AGAIN,
                                        instructed_date=office_day_after(replied, 1))  # fmt: skip

    def _log_letter(self, plan: Plan, team: Team, case: Case, known: tuple[Any, ...]) -> None:
        identity, issued, received, replied = known
        signer, reader = SIGNER[case.sender], SIGNER[case.receiver]
        steps: list[tuple[str, str, str, Role, datetime.datetime]] = [
            ("issue", "draft", "issued", signer, issued)
        ]
        if case.state != "issued":
            noted = not case.days
            after = "closed" if noted else "received"
            action = "note" if noted else "acknowledge"
            steps.append((action, "issued", after, reader, received))
        if replied:
            steps.append(("reply", "received", "replied", reader, at(replied, 640)))
            following = at(office_day_after(replied, 1), 610)
            if case.state == "reinstructed":
                steps.append(("reinstruct", "replied", "reinstructed", signer, following))
            elif case.state == "closed":
                steps.append(("accept", "replied", "closed", signer, following))
        for action, before, after, role, moment in steps:
            self._took(plan, team, ("letter", identity), action, (before, after), role, moment)

    # -- Minutes ---------------------------------------------------------------------------------

    def _add_meetings(self, plan: Plan, team: Team) -> None:
        kinds = ("weekly", ("safety", "technical", "design_change")[plan.number % 3], "weekly")
        carried: list[tuple[str, str, datetime.date, datetime.date]] = []
        for number, (kind, ago) in enumerate(zip(kinds, (15, 9, 8), strict=True), start=1):
            day = self._office_day(ago)
            if plan.start and day < plan.start:
                continue
            left = self._add_meeting(plan, team, kind, day, number, carried)
            if kind == "weekly":
                carried = left

    def _add_meeting(
        self,
        plan: Plan,
        team: Team,
        kind: str,
        day: datetime.date,
        number: int,
        carried: list[tuple[str, str, datetime.date, datetime.date]],
    ) -> list[tuple[str, str, datetime.date, datetime.date]]:
        agenda, decisions = AGENDAS[kind]
        written = at(day, 960)
        identity = public_id(written, dice("meeting", plan.number, kind, day))
        key = self.store[Meeting].add(
            public_id=identity,
            project_id=plan.id,
            number=number,
            author_id=team.people[Role.SUPERVISOR].id,
            created_at=written,
            submitted_at=written,
            kind=kind,
            date=day,
            start_time=datetime.time(14),
            place="현장사무실 회의실",
            agenda=agenda,
            decisions=decisions,
            statements="발언 요지는 내부에 둔다.",
        )
        for order, role in enumerate(SIGNER.values()):
            someone = team.people[role]
            self.store[MeetingAttendee].add(
                meeting_id=key, order=order, name=someone.name, role=str(role.label),
                body=someone.organization.name, participant_id=self.offices[plan.id, str(role)],
            )  # fmt: skip
        for order, (task, owner, raised, due) in enumerate(carried if kind == "weekly" else ()):
            self.store[CarriedItem].add(
                meeting_id=key, order=order, task=task, owner=owner, raised_date=raised,
                due_date=due, age_days=(day - raised).days, remark="계속 챙기기로 함",
            )  # fmt: skip
        left = self._add_items(plan, team, key, day, number)
        approved = at(office_day_after(day), 620)
        state = "open" if left else "closed"
        self.store.decided[Meeting].append((key, state, approved))
        for action, change, role, moment in (
            ("submit", ("draft", "submitted"), Role.SUPERVISOR, written),
            ("sign_contractor", ("submitted", "confirmed"), Role.SITE_AGENT, at(day, 1010)),
            ("confirm", ("confirmed", "confirmed"), Role.SUPERVISOR, at(day, 1010)),
            ("approve", ("confirmed", "open"), Role.OFFICER, approved),
        ):
            self._took(plan, team, ("meeting", identity), action, change, role, moment)
        return left

    def _add_items(
        self, plan: Plan, team: Team, key: int, day: datetime.date, number: int
    ) -> list[tuple[str, str, datetime.date, datetime.date]]:
        left = []
        for order in range(3):
            task, role = TASKS[(plan.number + number * 2 + order) % len(TASKS)]
            is_done = order == 0 or (number + plan.number) % 4 == 0
            due = office_day_after(day, 4 + 3 * order)
            firm = team.people[role].organization
            self.store[ActionItem].add(
                meeting_id=key,
                order=order,
                task=task,
                owner_id=self.offices[plan.id, str(role)],
                organization_id=firm.id,
                due_date=due,
                done_date=office_day_after(day, 3) if is_done else None,
                note="현장에서 확인함" if is_done else "",
            )
            if not is_done:
                left.append((task, firm.name, day, due))
        return left

    # -- Registers that stay inside ---------------------------------------------------------------

    def _add_complaints(self, plan: Plan, team: Team) -> None:
        number = 0
        for about, way, subject, reply, state, ago in COMPLAINTS[plan.number % 2 :]:
            day = self._office_day(ago)
            if plan.start and day < plan.start:
                continue
            number += 1
            moment = at(day, 700)
            rng = dice("complaint", plan.number, subject)
            identity = public_id(moment, rng)
            handled = state != "open"
            key = self.store[ComplaintEntry].add(
                public_id=identity,
                project_id=plan.id,
                number=number,
                author_id=team.people[Role.SITE_AGENT].id,
                created_at=moment,
                received_date=day,
                about=about,
                way=way,
                subject=subject,
                place=plan.site.quarters[0].area.names["ko"],
                complainant_name=f"{person(rng)} (지어냄)",
                handler_id=self.offices[plan.id, str(Role.SITE_AGENT)] if handled else None,
                due_date=office_day_after(day, 7),
                reply=reply,
                reply_date=office_day_after(day, 3) if reply else None,
            )
            self.store.decided[ComplaintEntry].append((key, state, moment))
            change = ("draft", "open")
            named = ("complaint_entry", identity)
            self._took(plan, team, named, "enter", change, Role.SITE_AGENT, moment)

    def _add_visits(self, plan: Plan, team: Team) -> None:
        number = 0
        for kind, body, purpose, said, ago in VISITS:
            day = self._office_day(ago)
            if plan.start and day < plan.start:
                continue
            number += 1
            moment = at(day, 930)
            rng = dice("visit", plan.number, purpose)
            identity = public_id(moment, rng)
            key = self.store[Visit].add(
                public_id=identity,
                project_id=plan.id,
                number=number,
                author_id=team.people[Role.SUPERVISOR].id,
                created_at=moment,
                date=day,
                from_time=datetime.time(14),
                to_time=datetime.time(15, 30),
                kind=kind,
                body=body or team.body.name,
                purpose=purpose,
                instructions=said,
                visitor_name=f"{person(rng)} (지어냄)",
            )
            self.store.decided[Visit].append((key, "final", moment))
            change = ("draft", "final")
            self._took(plan, team, ("visit", identity), "enter", change, Role.SUPERVISOR, moment)

    # -- Common -----------------------------------------------------------------------------------

    def _office_day(self, ago: int) -> datetime.date:
        """Return the office day on or before the day `ago` days before today."""
        day = self.store.today - ago * DAY
        while not is_office_day(day):
            day -= DAY
        return day

    def _took(
        self,
        plan: Plan,
        team: Team,
        named: tuple[str, UUID],
        action: str,
        change: tuple[str, str],
        role: Role,
        moment: datetime.datetime,
    ) -> None:
        log(
            self.store,
            project_id=plan.id,
            record=(*named, 1),
            action=action,
            change=change,
            by=(team.people[role].id, str(role)),
            moment=moment,
        )
