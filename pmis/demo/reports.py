"""Daily reports of the demonstration with all their lines."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import models

from pmis import progress
from pmis.demo.album import Album, add_photos
from pmis.demo.days import Done, SiteDay, site_diary
from pmis.demo.dice import dice, public_id
from pmis.demo.events import log_approval
from pmis.demo.people import Team
from pmis.demo.plan import Plan
from pmis.demo.store import Store
from pmis.demo.tables import update
from pmis.demo.times import at
from pmis.demo.words import (
    HAZARDS,
    INSTRUCTIONS,
    NO_WORK,
    NOTICES,
    REMARKS,
    TESTS,
    TOOLBOX,
    VISITS,
    person,
)
from pmis.models import (
    Approval,
    ApprovalEvent,
    DailyReport,
    DailyReportPhoto,
    EquipmentLine,
    MaterialLine,
    Photo,
    PlannedLine,
    Visitor,
    WorkforceLine,
    WorkLine,
)
from pmis.roles import Role

#: What becomes of the newest report, by place among the running sites; the first is the
#: site agent's own. Beyond: the usual course.
LAST_DAYS = (
    "confirmed", "returned", "submitted", "submitted", "", "confirmed", "submitted", "",
    "draft", "", "missing", "", "", "returned", "", "missing", "", "submitted",
)  # fmt: skip
STATIONS = ("시점부", "종점부", "1구간", "2구간", "3구간", "북측", "남측", "동측", "서측")
CHILDREN = (
    WorkLine, PlannedLine, WorkforceLine, EquipmentLine, MaterialLine, Visitor, DailyReportPhoto,
)  # fmt: skip
LINES = (
    WorkLine, PlannedLine, WorkforceLine, EquipmentLine, MaterialLine, Visitor, Photo,
    DailyReportPhoto, Approval, ApprovalEvent,
)  # fmt: skip


@dataclass
class Running:
    """Sums that run through the reports of one site."""

    number: int = 0
    people: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    machines: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    stock: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


@dataclass(frozen=True)
class Correction:
    """An approved report that will be corrected by a second version."""

    report: dict[str, Any]
    lines: dict[type[models.Model], list[dict[str, Any]]]
    plan: Plan
    team: Team


class ReportWriter:
    """Collects the reports of one site after the other."""

    def __init__(self, store: Store, album: Album) -> None:
        self.store, self.album = store, album
        self.corrections: list[Correction] = []
        self._running_sites = 0

    def add_site(self, plan: Plan, team: Team) -> int:
        """Collect all reports of a site and return how many."""
        last_day = ""
        if plan.is_running:
            if self._running_sites < len(LAST_DAYS):
                last_day = LAST_DAYS[self._running_sites]
            self._running_sites += 1
        running, count = Running(), 0
        items = [row.arithmetic for row in plan.items]
        for today in site_diary(plan, self.store.today, self.store.now, last_day):
            self._add_report(plan, team, today, running, items)
            count += 1
        return count

    def _add_report(
        self,
        plan: Plan,
        team: Team,
        today: SiteDay,
        running: Running,
        items: list[progress.Item],
    ) -> None:
        rng = dice("report", plan.number, today.day)
        written = today.fate.submitted or at(today.day, 1000)
        identity = public_id(written, rng)
        running.number += today.fate.submitted is not None
        crew = self._crew(today, team, rng)
        key = self.store[DailyReport].add(
            public_id=identity,
            project_id=plan.id,
            date=today.day,
            number=running.number if today.fate.submitted else None,
            author_id=team.people[Role.SITE_AGENT].id,
            created_at=written - datetime.timedelta(minutes=25),
            submitted_at=today.fate.submitted,
            is_late=today.fate.is_late,
            approved_by_timeout=bool(today.fate.unreviewed_by),
            unreviewed_by=today.fate.unreviewed_by,
            planned_rate=progress.planned_rate(items, today.day),
            actual_rate=progress.actual_rate(items, today.totals),
            **_conditions(today),
            **_words(plan, today, rng),
            **_safety(today, sum(crew.values()), rng),
        )
        self._add_work(plan, today, key, rng)
        self._add_people(key, crew, running, rng)
        self._add_machines(today, team, key, running, rng)
        self._add_materials(today, key, running, rng)
        self._add_visitors(key, rng)
        worked = [done.row for done in today.done if not done.is_carried]
        add_photos(self.store, self.album, plan, team, key, at(today.day, 500), worked)
        self._decide(plan, team, today, key, identity)

    # -- Lines ------------------------------------------------------------------------------

    def _add_work(self, plan: Plan, today: SiteDay, key: int, rng: random.Random) -> None:
        for order, done in enumerate(today.done):
            self.store[WorkLine].add(
                report_id=key,
                order=order,
                work_item_id=done.row.id,
                activity=done.row.item.name,
                location="시스템 도입 전 누계" if done.is_carried else rng.choice(STATIONS),
                quantity=done.quantity,
                unit=done.row.item.unit,
                cumulative_quantity=done.cumulative,
                organization_id=done.row.subcontractor,
            )
        for order, row in enumerate(today.next):
            trade, count = row.item.crew[0]
            self.store[PlannedLine].add(
                report_id=key,
                order=order,
                work_item_id=row.id,
                activity=row.item.name,
                location=rng.choice(STATIONS),
                unit=row.item.unit,
                crew=f"{trade} {count}명",
            )

    def _crew(self, today: SiteDay, team: Team, rng: random.Random) -> dict[tuple[str, int], int]:
        """Return how many people of a trade and firm were there."""
        crew: dict[tuple[str, int], int] = {}
        prime = team.contractor.id
        if not today.stopped_by:
            for done in _hands_on(today.done):
                for trade, count in done.row.item.crew:
                    firm = done.row.subcontractor or prime
                    crew[trade, firm] = max(1, count + rng.choice((-1, 0, 0, 0, 1)))
        crew["안전관리자", prime] = 1
        if today.stopped_by:
            crew["보통인부", prime] = rng.randrange(1, 4)
        return crew

    def _add_people(
        self, key: int, crew: dict[tuple[str, int], int], running: Running, rng: random.Random
    ) -> None:
        for order, ((trade, firm), count) in enumerate(crew.items()):
            running.people[trade, firm] += count
            differs = rng.random() < 0.03 and count > 2
            self.store[WorkforceLine].add(
                report_id=key,
                order=order,
                trade=trade,
                organization_id=firm,
                count=count,
                foreign_count=rng.randrange(0, count // 2 + 1) if count > 3 else 0,
                attendance_count=count - differs,
                difference_reason="단말기 인식 오류로 한 명 수기 확인" if differs else "",
                cumulative_count=running.people[trade, firm],
            )

    def _add_machines(
        self, today: SiteDay, team: Team, key: int, running: Running, rng: random.Random
    ) -> None:
        machines: dict[tuple[str, str], int] = {}
        for done in _hands_on(today.done):
            for kind, size, count in done.row.item.machines:
                machines[kind, size] = max(count, machines.get((kind, size), 0))
        for order, ((kind, size), count) in enumerate(machines.items()):
            running.machines[kind, size] += count
            self.store[EquipmentLine].add(
                report_id=key,
                order=order,
                type=kind,
                size=size,
                count=count,
                hours=Decimal(rng.randrange(6, 17)) / 2,
                cumulative_count=running.machines[kind, size],
                owner_registration_number=rng.choice(team.lessors).number,
                plate=f"서울00가{rng.randrange(1000, 9999)}",
            )

    def _add_materials(
        self, today: SiteDay, key: int, running: Running, rng: random.Random
    ) -> None:
        order = 0
        for done in _hands_on(today.done):
            if done.row.item.material is None:
                continue
            item, standard, unit, ratio = done.row.item.material
            used = (done.quantity * Decimal(str(ratio))).quantize(Decimal("0.1"))
            if used <= 0:
                continue
            received = Decimal(0)
            if running.stock[item] < used:
                received = (used * rng.randrange(1, 4) - running.stock[item]).quantize(Decimal(1))
                received = max(received + 1, used - running.stock[item])
            running.stock[item] += received - used
            self.store[MaterialLine].add(
                report_id=key,
                order=order,
                item=item,
                standard=standard,
                unit=unit,
                received_quantity=received,
                used_quantity=used,
                stock_quantity=running.stock[item],
                approval_number=f"자재-{rng.randrange(1, 60):03}",
                is_client_supplied=item.startswith(("레미콘", "아스콘")) and rng.random() < 0.5,
            )
            order += 1

    def _add_visitors(self, key: int, rng: random.Random) -> None:
        if rng.random() < 0.07:
            body, purpose = rng.choice(VISITS)
            self.store[Visitor].add(
                report_id=key, body=body, purpose=purpose, name=person(rng), order=0
            )

    # -- Decisions --------------------------------------------------------------------------

    def _decide(self, plan: Plan, team: Team, today: SiteDay, key: int, identity: UUID) -> None:
        fate = today.fate
        if fate.submitted is None:
            return
        title = f"{plan.name} {today.day}"
        record = (DailyReport.record_type, identity, 1)
        if fate.returned_before:
            sent, back, why = fate.returned_before
            log_approval(self.store, project_id=plan.id, record=record, title=title, team=team,
                         moments=(sent, None, None), returned=(back, why))  # fmt: skip
        log_approval(
            self.store,
            project_id=plan.id,
            record=record,
            title=title,
            team=team,
            moments=(fate.submitted, fate.confirmed, fate.approved),
            returned=fate.returned,
            by_timeout=bool(fate.unreviewed_by),
        )
        self.store.decided[DailyReport].append((key, fate.state, fate.approved))
        age = (self.store.today - today.day).days
        wanted = plan.is_running and plan.number % 7 == 1 and 20 <= age <= 22
        if wanted and fate.approved and today.done:
            lines = {model: self._lines_of(model, key) for model in CHILDREN}
            report = dict(self.store[DailyReport].rows[-1])
            self.corrections.append(Correction(report, lines, plan, team))

    def _lines_of(self, model: type[models.Model], key: int) -> list[dict[str, Any]]:
        rows = takewhile(lambda row: row["report_id"] == key, reversed(self.store[model].rows))
        return [dict(row) for row in rows][::-1]


def _hands_on(done: list[Done]) -> list[Done]:
    return [entry for entry in done if not entry.is_carried]


def _conditions(today: SiteDay) -> dict[str, object]:
    sky = today.weather
    return {
        "weather_am": sky.am,
        "weather_pm": sky.pm,
        "temperature_min": sky.lowest,
        "temperature_max": sky.highest,
        "precipitation_mm": sky.precipitation,
        "wind_speed": sky.wind,
        "is_non_working_day": bool(today.stopped_by),
        "non_working_reason": NO_WORK[today.stopped_by] if today.stopped_by else "",
    }


def _words(plan: Plan, today: SiteDay, rng: random.Random) -> dict[str, object]:
    """Return the sentences of a report. One in five hundred holds a (dead) mobile number."""
    work = ", ".join(done.row.item.name for done in _hands_on(today.done))
    if not work:
        work = (
            "현장 순찰, 배수로와 가시설 점검"
            if today.stopped_by
            else "현장 정리정돈, 자재 반입 준비"
        )
    carried = any(done.is_carried for done in today.done)
    notice = rng.choice(NOTICES) if rng.random() < 0.3 else ""
    if rng.random() < 0.002:
        notice = f"{rng.choice(NOTICES)} 문의: 현장사무실 010-0000-{rng.randrange(1000, 9999)}"
    requested = rng.choice((0, 0, 1, 1, 2)) if work and not today.stopped_by else 0
    return {
        "work_summary": work,
        "tomorrow_summary": ", ".join(row.item.name for row in today.next),
        "inspections_requested": requested,
        "inspections_passed": max(0, requested - (rng.random() < 0.06)),
        "tests_done": rng.choice(TESTS) if rng.random() < 0.15 else "",
        "instructions_received": rng.choice(INSTRUCTIONS) if rng.random() < 0.08 else "",
        "special_notes": "시스템 도입 전 누계 물량을 이월하여 적음" if carried else "",
        "resident_notice": notice,
        "internal_remarks": rng.choice(REMARKS) if rng.random() < 0.1 else "",
        "worker_names": ", ".join(person(rng) for _ in range(4)),
    }


def _safety(today: SiteDay, people: int, rng: random.Random) -> dict[str, object]:
    held = not today.stopped_by
    accident = rng.random() < 0.001
    return {
        "toolbox_held": held,
        "toolbox_time": datetime.time(7, rng.choice((20, 30, 40))) if held else None,
        "toolbox_topic": rng.choice(TOOLBOX) if held else "",
        "toolbox_attendance": people if held else None,
        "hazards": rng.choice(HAZARDS) if rng.random() < 0.2 else "",
        "safety_patrol": "오전·오후 두 차례 순찰, 이상 없음" if rng.random() < 0.8 else "",
        "had_accident": accident,
        "accident_note": "자재를 옮기다 손가락을 다침, 병원 치료 뒤 복귀" if accident else "",
        "noise_db": Decimal(rng.randrange(560, 690)) / 10 if held else None,
        "dust_note": "살수차 두 차례 운행" if held and today.weather.precipitation == 0 else "",
        "waste_note": "폐콘크리트 8톤 반출" if rng.random() < 0.12 else "",
    }


def write_reports(store: Store, corrections: list[Correction]) -> None:
    """Send reports as drafts, then their lines, then decide them; corrections follow."""
    store.write(DailyReport, *LINES)
    store.decide(DailyReport)
    for correction in corrections:
        _add_correction(store, correction)
    store.write(DailyReport, *LINES)
    replaced = [(correction.report["id"], "superseded") for correction in corrections]
    update(DailyReport, {"state": "text"}, replaced)
    store.decide(DailyReport)


def _add_correction(store: Store, correction: Correction) -> None:
    """Collect the second version of an approved report: a test that had been forgotten."""
    before, plan = correction.report, correction.plan
    sent = before["submitted_at"] + datetime.timedelta(days=6)
    confirmed, approved = (sent + datetime.timedelta(minutes=part) for part in (50, 140))
    changes = {
        "version_no": 2,
        "supersedes_id": before["id"],
        "reason": "시험 결과를 빠뜨려 더하고, 검측 요청 건수를 바로잡음",
        "tests_done": TESTS[1],
        "inspections_requested": before["inspections_requested"] + 1,
        "inspections_passed": before["inspections_passed"] + 1,
        "submitted_at": sent,
        "created_at": sent,
    }
    kept = {name: value for name, value in before.items() if name != "id"}
    key = store[DailyReport].add(**kept | changes)
    for model, rows in correction.lines.items():
        for row in rows:
            kept = {name: value for name, value in row.items() if name != "id"}
            store[model].add(**kept | {"report_id": key})
    log_approval(
        store,
        project_id=plan.id,
        record=(DailyReport.record_type, before["public_id"], 2),
        title=f"{plan.name} {before['date']}",
        team=correction.team,
        moments=(sent, confirmed, approved),
    )
    store.decided[DailyReport].append((key, "approved", approved))
