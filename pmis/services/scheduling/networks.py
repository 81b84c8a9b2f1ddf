"""The network of a schedule: its calendar, its checks, and the days it works out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmis.calendar import DayScale, WorkingDays
from pmis.models import Schedule, WorkItem
from pmis.network import (
    Activity,
    CycleFound,
    Link,
    NotALink,
    Placed,
    analyse,
    loose_ends,
    read_links,
)
from pmis.services.scheduling.plans import no_predecessor, not_a_link

#: Codes that a sentence names before it says "and others".
MOST_NAMED = 8
#: How far after the last planned day the calendar is read.
MARGIN = datetime.timedelta(days=1830)


def calendar_of(schedule: Schedule, first: datetime.date, last: datetime.date) -> WorkingDays:
    """Return the working days of a schedule: its week, the public holidays, its own days."""
    own = dict(schedule.site_days.values_list("date", "is_working"))
    return WorkingDays(
        first,
        last + MARGIN,
        weekdays=Schedule.WEEKDAYS[schedule.working_week],
        works_holidays=schedule.works_holidays,
        own_days=own,
    )


def faults(schedule: Schedule) -> list[str]:
    """Return what makes a network impossible, as sentences: links to nowhere, and cycles."""
    items = list(schedule.work_items.all())
    sentences = list(_faults_of_tree(schedule, items))
    activities, unread = _linked(items)
    sentences += unread
    missing = loose_ends(activities).missing
    sentences += [f"{code}: {no_predecessor(before)}" for code, before in missing]
    if sentences:
        return sentences
    try:
        analyse(activities)
    except CycleFound as error:
        codes = error.codes if len(error.codes) <= 12 else [*error.codes[:11], "…"]
        sentence = _("These work items wait for each other: %(codes)s.")
        sentences.append(sentence % {"codes": " → ".join(codes)})
    return sentences


def doubts(schedule: Schedule) -> list[str]:
    """Return what looks forgotten in a network that is possible, as sentences."""
    items = list(schedule.work_items.all())
    activities, _unread = _linked(items)
    if not any(activity.links for activity in activities):
        many = len(items) > 1
        return [_("No predecessors are entered: there is no critical path.")] if many else []
    loose, found = loose_ends(activities), []
    if loose.without_predecessor:
        sentence = ngettext(
            "Nothing comes before %(codes)s.",
            "Nothing comes before %(count)s work items: %(codes)s.",
            len(loose.without_predecessor),
        )
        found.append(sentence % _named(loose.without_predecessor))
    if loose.without_successor:
        sentence = ngettext(
            "Nothing comes after %(codes)s.",
            "Nothing comes after %(count)s work items: %(codes)s.",
            len(loose.without_successor),
        )
        found.append(sentence % _named(loose.without_successor))
    placed = place(schedule, items)
    early = [item.code for item in items if item.planned_start_date < placed[item.code].early_start]
    if early:
        sentence = ngettext(
            "%(codes)s is planned earlier than its predecessors permit.",
            "%(count)s work items are planned earlier than their predecessors permit: %(codes)s.",
            len(early),
        )
        found.append(sentence % _named(early))
    return found


class PlacedDays:
    """Early and late days of a work item as dates."""

    __slots__ = ("early_finish", "early_start", "late_finish", "late_start", "numbers")

    def __init__(self, numbers: Placed, scale: DayScale) -> None:
        self.numbers = numbers
        self.early_start = scale.day(numbers.early_start)
        self.early_finish = scale.day(numbers.early_finish - 1)
        self.late_start = scale.day(max(0, numbers.late_start))
        self.late_finish = scale.day(max(0, numbers.late_finish - 1))


def place(schedule: Schedule, items: Sequence[WorkItem]) -> dict[str, PlacedDays]:
    """Return the computed days by code; {} where no item names a predecessor.

    Raises CycleFound and KeyError for a network that `faults` would complain of.
    """
    if not any(item.predecessors for item in items):
        return {}
    first = min(item.planned_start_date for item in items)
    last = max(item.planned_finish_date for item in items)
    scale = DayScale(calendar_of(schedule, first, last), first)
    network = analyse(activities_on(scale, items))
    return {code: PlacedDays(numbers, scale) for code, numbers in network.places.items()}


def activities_on(scale: DayScale, items: Iterable[Any]) -> list[Activity]:
    """Return work items as activities in working days."""
    items = list(items)
    codes = {item.code for item in items}
    return [
        Activity(
            item.code,
            scale.number(item.planned_start_date),
            scale.length(item.planned_start_date, item.planned_finish_date),
            read_links(item.predecessors, codes),
        )
        for item in items
    ]


def store_places(schedule: Schedule) -> None:
    """Write early and late days, floats and the critical path into the lines of a draft."""
    items = list(schedule.work_items.all())
    placed = place(schedule, items)
    rows = [(item.pk, placed.get(item.code)) for item in items]
    columns: list[list[Any]] = [
        [key for key, _place in rows],
        [found and found.early_start for _key, found in rows],
        [found and found.early_finish for _key, found in rows],
        [found and found.late_start for _key, found in rows],
        [found and found.late_finish for _key, found in rows],
        [found and found.numbers.total_float for _key, found in rows],
        [found and found.numbers.free_float for _key, found in rows],
        [found and found.numbers.is_critical for _key, found in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, columns)


_STORE = f"""
UPDATE {WorkItem._meta.db_table} target SET
    early_start_date = given.early_start_date, early_finish_date = given.early_finish_date,
    late_start_date = given.late_start_date, late_finish_date = given.late_finish_date,
    total_float_days = given.total_float_days, free_float_days = given.free_float_days,
    is_critical = given.is_critical
FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::date[], %s::date[], %s::int[], %s::int[],
            %s::bool[])
    AS given(id, early_start_date, early_finish_date, late_start_date, late_finish_date,
             total_float_days, free_float_days, is_critical)
WHERE target.id = given.id
"""


def _linked(items: Sequence[WorkItem]) -> tuple[list[Activity], list[str]]:
    """Return the items with their links, and sentences about links that cannot be read."""
    codes = {item.code for item in items}
    activities, sentences = [], []
    for item in items:
        links: tuple[Link, ...] = ()
        try:
            links = read_links(item.predecessors, codes)
        except NotALink as error:
            sentences.append(f"{item.code}: {not_a_link(error.text)}")
        activities.append(Activity(item.code, 0, 1, links))
    return activities, sentences


def _faults_of_tree(schedule: Schedule, items: Sequence[WorkItem]) -> Iterable[str]:
    above = dict(schedule.work_groups.values_list("code", "parent_code"))
    for row in (*above.items(), *((item.code, item.parent_code) for item in items)):
        if row[1] and row[1] not in above:
            yield _("%(code)s: there is no group %(parent)s.") % {"code": row[0], "parent": row[1]}
    for code in above:
        seen: list[str] = []
        while code and code not in seen:
            seen.append(code)
            code = above.get(code, "")
        if code:
            yield _("The group %(code)s stands below itself.") % {"code": code}
            return


def _named(codes: Sequence[str]) -> dict[str, Any]:
    names = ", ".join(codes[:MOST_NAMED])
    return {"count": len(codes), "codes": f"{names} …" if len(codes) > MOST_NAMED else names}
