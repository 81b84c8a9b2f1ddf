"""Read a schedule from the XML that MS Project, ProjectLibre and Primavera P6 write (MSPDI).

Format: the Project XML schema that Microsoft publishes (mspdi_pj12.xsd): lags in tenths of a
minute, costs in hundredths, day 1 of a week is Sunday.
"""

from __future__ import annotations

import datetime
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from babel.numbers import get_currency_precision
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmis.models import Schedule
from pmis.network import Link, LinkKind, write_links
from pmis.progress import weights_from_amounts
from pmis.services.scheduling.plans import (
    LARGEST_FILE,
    MOST_ITEMS,
    ReadPlan,
    check_item,
    complete,
    decimal_of,
)

#: Type of a PredecessorLink.
KINDS = {
    "0": LinkKind.FINISH_FINISH,
    "1": LinkKind.FINISH_START,
    "2": LinkKind.START_FINISH,
    "3": LinkKind.START_START,
}
#: LagFormat of lags in per cent of the predecessor's duration: not a number of days.
PERCENT = frozenset({"19", "20", "51", "52"})
#: LagFormat of elapsed time: nights and holidays count.
ELAPSED = frozenset({"4", "6", "8", "10", "12", "36", "38", "40", "42", "44"})
MINUTES_OF_A_DAY = 480
#: DayType of the days of a week.
SUNDAY_TO_SATURDAY = frozenset("1234567")
#: Longest break that one entry of a calendar may make, in days.
LONGEST_EXCEPTION = 400
#: Milestones in a row that a link is followed through.
MOST_MILESTONES = 50
#: Unit of an activity whose file names no quantity.
LUMP_SUM = "식"


class NotReadable(ValueError):
    """Raised for a file that is no MS-Project XML, or that is not read for safety."""


@dataclass
class _Task:
    uid: str
    number: int
    texts: dict[str, str]
    links: list[dict[str, str]]
    code: str = ""
    parent: str = ""

    def has(self, name: str) -> bool:
        return self.texts.get(name) == "1"

    @property
    def is_milestone(self) -> bool:
        return self.has("Milestone") and not self.has("Summary")


@dataclass
class _File:
    """What is kept of a file while it streams by."""

    texts: dict[str, str] = field(default_factory=dict)
    tasks: list[_Task] = field(default_factory=list)
    calendars: dict[str, Element] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)


def read_msproject(content: bytes, *, currency: str) -> ReadPlan:
    """Read tasks, links, calendar and milestones of an MS-Project XML file.

    What the file holds and the plan has no place for is reported, never dropped in silence.
    Raises NotReadable for a file that is too large, no such XML, or declares entities.
    """
    if len(content) > LARGEST_FILE:
        raise NotReadable(_("The file is larger than %(size)s MB.") % {"size": LARGEST_FILE >> 20})
    file = _read(content)
    plan = ReadPlan()
    tasks = _numbered(file, plan)
    by_uid = {task.uid: task for task in tasks}
    for task in tasks:
        try:
            _place(plan, task, currency)
        except ValueError as error:
            plan.errors.append((task.number, f"{task.code} {task.texts.get('Name', '')}: {error}"))
    _place_links(plan, tasks, by_uid, _minutes(file))
    _place_calendar(plan, file)
    _weigh(plan)
    _say_what_is_left(plan, file, tasks)
    return complete(plan)


# -- The file -----------------------------------------------------------------------------------


def _read(content: bytes) -> _File:
    """Stream through the file. SECURITY: no DTD, no entities, nothing external."""
    file, depth, inside = _File(), 0, ""
    try:
        for event, element in iterparse(
            io.BytesIO(content), events=("start", "end"), forbid_dtd=True
        ):
            name = element.tag.rpartition("}")[2]
            if event == "start":
                depth += 1
                if depth == 1 and name != "Project":
                    raise NotReadable(_("The file is no MS-Project XML."))
                inside = name if depth == 2 else inside
                continue
            depth -= 1
            if depth == 1 and not len(element):
                file.texts[name] = (element.text or "").strip()
            elif depth == 2:
                _keep(file, inside, element)
            if depth < 3 and inside != "Calendars":
                element.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        if isinstance(error, NotReadable):
            raise
        raise NotReadable(_("The file is no MS-Project XML.")) from error
    if not file.tasks:
        raise NotReadable(_("The file holds no tasks."))
    return file


def _keep(file: _File, inside: str, element: Element) -> None:
    if inside == "Tasks":
        texts = {_name(child): (child.text or "").strip() for child in element if not len(child)}
        links = [
            {_name(part): (part.text or "").strip() for part in child}
            for child in element
            if _name(child) == "PredecessorLink"
        ]
        file.tasks.append(_Task(texts.get("UID", ""), len(file.tasks) + 1, texts, links))
    elif inside == "Calendars":
        uid = next((part.text or "" for part in element if _name(part) == "UID"), "")
        file.calendars[uid] = element
    elif inside in ("Resources", "Assignments"):
        file.left[inside] += 1


def _whole(text: str | None, otherwise: int = 0) -> int:
    """Return a whole number of the file; MS Project also writes 4800.0."""
    found = re.fullmatch(r"(-?\d{1,9})(?:\.0*)?", text or "")
    return int(found[1]) if found else otherwise


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


# -- Tasks --------------------------------------------------------------------------------------


def _numbered(file: _File, plan: ReadPlan) -> list[_Task]:
    """Return the real tasks with code and parent; the project's own summary is none of them."""
    found: list[_Task] = []
    above: list[tuple[int, str]] = []
    taken: set[str] = set()
    for task in file.tasks:
        level = _whole(task.texts.get("OutlineLevel"), 1)
        if task.has("IsNull") or level == 0 or not task.texts.get("Name"):
            continue
        if task.texts.get("Active") == "0":
            file.left["inactive"] += 1
            continue
        task.number = _whole(task.texts.get("ID"), task.number)
        task.code = _code(task, taken)
        while above and above[-1][0] >= level:
            above.pop()
        task.parent = above[-1][1] if above else ""
        if task.has("Summary"):
            above.append((level, task.code))
        found.append(task)
    if len(found) > MOST_ITEMS:
        plan.errors.append((found[MOST_ITEMS].number, _("Too many lines; the rest was left out.")))
    return found[:MOST_ITEMS]


def _code(task: _Task, taken: set[str]) -> str:
    """Return the WBS code, the outline number where that is missing or taken, else the UID."""
    candidates = (task.texts.get("WBS"), task.texts.get("OutlineNumber"), f"UID{task.uid}")
    tidy = (re.sub(r"[;,\s]+", "_", text or "")[:40] for text in candidates)
    code = next((text for text in tidy if text and text not in taken), f"NO{task.number}")
    taken.add(code)
    return code


def _place(plan: ReadPlan, task: _Task, currency: str) -> None:
    texts = task.texts
    common = {"code": task.code, "name": texts["Name"], "parent_code": task.parent}
    if task.has("Summary"):
        plan.add_group(task.number, common)
    elif task.is_milestone:
        day = _day(texts.get("Finish") or texts.get("Start"))
        plan.milestones.append({"name": texts["Name"][:200], "planned_date": day})
    else:
        cents = decimal_of(texts.get("Cost") or "0")
        row: dict[str, Any] = {
            **common,
            "unit": LUMP_SUM,
            "quantity": Decimal(1),
            "amount": int(cents.scaleb(get_currency_precision(currency) - 2)),
            "weight": None,
            "planned_start_date": _day(texts.get("Start")),
            "planned_finish_date": _day(texts.get("Finish")),
            "location": "",
            "predecessors": "",
            "organization": "",
        }
        check_item(row)
        plan.add_item(task.number, row)


def _day(text: str | None) -> datetime.date:
    try:
        return datetime.datetime.fromisoformat(text or "").date()
    except ValueError as error:
        raise ValueError(_("it has no start or no finish.")) from error


def _weigh(plan: ReadPlan) -> None:
    """Where the file names no cost, an activity weighs as many days as it takes."""
    if any(row["amount"] for row in plan.rows):
        return
    days = [(row["planned_finish_date"] - row["planned_start_date"]).days + 1 for row in plan.rows]
    for row, weight in zip(plan.rows, weights_from_amounts(days), strict=True):
        row["weight"] = weight
    if plan.rows:
        plan.not_placed.append(_("There is no cost in the file: weights follow the durations."))


# -- Links --------------------------------------------------------------------------------------


def _place_links(
    plan: ReadPlan, tasks: list[_Task], by_uid: dict[str, _Task], minutes: int
) -> None:
    rows = {row["code"]: row for row in plan.rows}
    reader = _LinkReader(plan, by_uid, minutes)
    for task in tasks:
        if task.has("Summary") and task.links:
            plan.not_placed.append(
                _("Row %(row)s: links of the group %(code)s were left out.")
                % {"row": task.number, "code": task.code}
            )
        elif task.code in rows:
            rows[task.code]["predecessors"] = write_links(reader.links_of(task))


class _LinkReader:
    """Turns links between tasks into links between activities, past the milestones between."""

    def __init__(self, plan: ReadPlan, by_uid: dict[str, _Task], minutes: int) -> None:
        self._plan, self._by_uid, self._minutes = plan, by_uid, minutes
        self._known: dict[str, list[Link]] = {}

    def links_of(self, task: _Task) -> list[Link]:
        """Return the links of a task; two to the same predecessor become the later one."""
        found: dict[tuple[str, LinkKind], Link] = {}
        for link in self._through(task, frozenset()):
            key = (link.code, link.kind)
            if key not in found or found[key].lag < link.lag:
                found[key] = link
        return list(found.values())

    def _through(self, task: _Task, behind: frozenset[str]) -> list[Link]:
        if task.uid in self._known:
            return self._known[task.uid]
        links: list[Link] = []
        for texts in task.links:
            before = self._by_uid.get(texts.get("PredecessorUID", ""))
            kind, lag = KINDS.get(texts.get("Type", "1")), self._lag(task, texts)
            if before is None or kind is None or before.has("Summary"):
                self._leave(task, before)
            elif not before.is_milestone:
                links.append(Link(before.code, kind, lag))
            elif before.uid not in behind and len(behind) < MOST_MILESTONES:
                # A milestone starts where it finishes: the links on both sides become one.
                links += [
                    Link(link.code, LinkKind(link.kind[0] + kind[1]), link.lag + lag)
                    for link in self._through(before, behind | {task.uid})
                ]
        self._known[task.uid] = links
        return links

    def _lag(self, task: _Task, texts: dict[str, str]) -> int:
        """Return the lag in working days; what is not exactly that is said."""
        tenths = _whole(texts.get("LinkLag"))
        form = texts.get("LagFormat", "7")
        if form in PERCENT:
            self._say(task, _("a lag in per cent was left out"))
            return 0
        day = (24 * 60 if form in ELAPSED else self._minutes) * 10
        if tenths % day or (tenths and form in ELAPSED):
            self._say(task, _("a lag was rounded to whole working days"))
        return round(tenths / day)

    def _leave(self, task: _Task, before: _Task | None) -> None:
        if before is not None:
            self._say(task, _("a link to the group %(code)s was left out") % {"code": before.code})
        else:
            self._say(task, _("a link to a task outside the file was left out"))

    def _say(self, task: _Task, what: str) -> None:
        self._plan.not_placed.append(
            _("Row %(row)s: %(what)s.") % {"row": task.number, "what": what}
        )


# -- Calendar -----------------------------------------------------------------------------------


def _minutes(file: _File) -> int:
    text = file.texts.get("MinutesPerDay", "")
    return int(text) if text.isdigit() and int(text) else MINUTES_OF_A_DAY


def _place_calendar(plan: ReadPlan, file: _File) -> None:
    """Take the project's calendar: its week and its exceptions."""
    calendar = file.calendars.get(file.texts.get("CalendarUID", ""))
    if calendar is None:
        return
    week = {0, 1, 2, 3, 4}
    for entry in calendar.iter():
        name, texts = _name(entry), {_name(part): (part.text or "").strip() for part in entry}
        if name == "WeekDay" and texts.get("DayType") in SUNDAY_TO_SATURDAY:
            number = (int(texts["DayType"]) - 2) % 7
            week = week | {number} if texts.get("DayWorking") == "1" else week - {number}
        elif name == "Exception" or (name == "WeekDay" and texts.get("DayType") == "0"):
            _place_exception(plan, entry, texts)
    weeks = {frozenset(Schedule.WEEKDAYS[week_name]): week_name for week_name in Schedule.WEEKDAYS}
    if frozenset(week) in weeks:
        plan.fields["working_week"] = weeks[frozenset(week)]
    else:
        plan.not_placed.append(
            _("The week of the file's calendar is none that the plan knows: choose one.")
        )
    others = len(file.calendars) - 1
    used = {task.texts.get("CalendarUID", "-1") for task in file.tasks} - {"-1", ""}
    if others and used - {file.texts.get("CalendarUID")}:
        plan.not_placed.append(_("Calendars of single tasks were left out."))


def _place_exception(plan: ReadPlan, entry: Element, texts: dict[str, str]) -> None:
    period = next((part for part in entry if _name(part) == "TimePeriod"), None)
    bounds = {_name(part): part.text for part in period} if period is not None else {}
    name = texts.get("Name", "")[:100]
    try:
        first, last = _day(bounds.get("FromDate")), _day(bounds.get("ToDate"))
    except ValueError:
        plan.not_placed.append(_("An exception of the calendar has no days."))
        return
    count = (last - first).days + 1
    if texts.get("Type", "1") not in ("0", "1") or not 0 < count <= LONGEST_EXCEPTION:
        plan.not_placed.append(
            _("The repeated exception “%(name)s” of the calendar was left out.") % {"name": name}
        )
        return
    taken = {row["date"] for row in plan.site_days}
    for number in range(count):
        day = first + datetime.timedelta(days=number)
        if day not in taken:
            is_working = texts.get("DayWorking") == "1"
            plan.site_days.append({"date": day, "is_working": is_working, "name": name})


# -- What is left ---------------------------------------------------------------------------------


def _say_what_is_left(plan: ReadPlan, file: _File, tasks: list[_Task]) -> None:
    """Say what the file holds that the plan takes from elsewhere or has no place for."""
    if plan.rows:
        plan.not_placed.append(
            _("The file names no quantities: every activity is one lump sum until you enter them.")
        )
    progress = sum(_whole(task.texts.get("PercentComplete")) > 0 for task in tasks)
    if progress:
        plan.not_placed.append(
            ngettext(
                "Progress of %(count)s task was left out: it comes from the daily reports.",
                "Progress of %(count)s tasks was left out: it comes from the daily reports.",
                progress,
            )
            % {"count": progress}
        )
    bound = sum(task.texts.get("ConstraintType", "0") not in ("0", "") for task in tasks)
    if bound:
        plan.not_placed.append(
            ngettext(
                "The date constraint of %(count)s task was left out; its planned days stay.",
                "The date constraints of %(count)s tasks were left out; their planned days stay.",
                bound,
            )
            % {"count": bound}
        )
    for name, sentence in (
        ("Assignments", _("Assignments of resources left out: %(count)s.")),
        ("Resources", _("Resources left out: %(count)s.")),
        ("inactive", _("Inactive tasks left out: %(count)s.")),
    ):
        if file.left[name]:
            plan.not_placed.append(sentence % {"count": file.left[name]})
