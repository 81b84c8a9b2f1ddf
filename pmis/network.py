"""Precedence network of a schedule: links, checks, early and late days, float. Pure arithmetic.

Times are whole working days of the schedule's calendar, counted from the first planned day: an
activity that starts at 4 and takes 3 works on the days 4, 5 and 6 and finishes at 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class LinkKind(StrEnum):
    """What a link ties together: finish or start of the predecessor, start or finish of its own."""

    FINISH_START = "FS"
    START_START = "SS"
    FINISH_FINISH = "FF"
    START_FINISH = "SF"


#: Kinds that say when their successor may start; without one it starts on its planned day.
DRIVES_START = frozenset({LinkKind.FINISH_START, LinkKind.START_START})
_FROM_FINISH = frozenset({LinkKind.FINISH_START, LinkKind.FINISH_FINISH})
_TO_FINISH = frozenset({LinkKind.FINISH_FINISH, LinkKind.START_FINISH})
_LINK = re.compile(
    r"(?P<code>.+?)\s*(?P<kind>FS|SS|FF|SF)\s*(?:(?P<lag>[+-]\s*\d{1,4})\s*(?:d|days?|일)?)?",
    re.IGNORECASE,
)


class NotALink(ValueError):
    """Raised for text that names no link; `text` is the piece that could not be read."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class CycleFound(ValueError):
    """Raised for activities that wait for each other; `codes` names them in order."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(" → ".join(codes))
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Link:
    """A predecessor with the kind of the link and its lag in working days, negative for a lead."""

    code: str
    kind: LinkKind = LinkKind.FINISH_START
    lag: int = 0

    def __str__(self) -> str:
        return f"{self.code}{self.kind}" + (f"{self.lag:+d}d" if self.lag else "")


@dataclass(frozen=True, slots=True)
class Activity:
    """What the network needs of a work item: planned start, duration, predecessors."""

    code: str
    start: int
    duration: int
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Early and late start and finish of an activity, its total and its free float."""

    early_start: int
    early_finish: int
    late_start: int
    late_finish: int
    total_float: int
    free_float: int

    @property
    def is_critical(self) -> bool:
        """Whether a day lost here is a day lost at the end."""
        return self.total_float <= 0


@dataclass(frozen=True)
class Network:
    """The computed network: every activity by its code, and how long the whole takes."""

    places: dict[str, Placed]
    duration: int

    @property
    def critical(self) -> list[str]:
        """Codes of the critical activities by early start."""
        found = [(place.early_start, code) for code, place in self.places.items()]
        return [code for _start, code in sorted(found) if self.places[code].is_critical]


@dataclass(frozen=True)
class Loose:
    """Ends that hang loose: links to nowhere, and activities nothing comes before or after."""

    #: (activity, predecessor that does not exist)
    missing: list[tuple[str, str]]
    without_predecessor: list[str]
    without_successor: list[str]


def read_links(text: str, known: Iterable[str] = ()) -> tuple[Link, ...]:
    """Return the links of text such as "A010FS+2d; A020SS; A030".

    A bare code is a finish-to-start link; `known` codes are taken whole, so that GRASS is no
    start-to-start link to GRA. Raises NotALink for a piece that cannot be read.
    """
    codes = known if isinstance(known, (set, frozenset, dict)) else set(known)
    return tuple(
        _read_link(piece.strip(), codes) for piece in re.split(r"[;,\n]", text) if piece.strip()
    )


def _read_link(piece: str, known: Iterable[str]) -> Link:
    if piece in known:
        return Link(piece)
    found = _LINK.fullmatch(piece)
    if found is None:
        if re.search(r"[+]|\s", piece):
            raise NotALink(piece)
        return Link(piece)
    lag = int((found["lag"] or "0").replace(" ", ""))
    return Link(found["code"], LinkKind(found["kind"].upper()), lag)


def write_links(links: Iterable[Link]) -> str:
    """Return links as text that `read_links` reads again."""
    return "; ".join(map(str, links))


def loose_ends(activities: Sequence[Activity]) -> Loose:
    """Return what hangs loose. The one first and the one last activity may."""
    known = {activity.code for activity in activities}
    missing = [
        (activity.code, link.code)
        for activity in activities
        for link in activity.links
        if link.code not in known
    ]
    followed = {link.code for activity in activities for link in activity.links}
    starts = [activity.code for activity in activities if not activity.links]
    ends = [activity.code for activity in activities if activity.code not in followed]
    return Loose(missing, starts if len(starts) > 1 else [], ends if len(ends) > 1 else [])


def analyse(activities: Sequence[Activity]) -> Network:
    """Return early and late days and the floats of all activities, in time O(V + E).

    No activity starts before day 0. One whose start no link drives starts on its planned day at
    the earliest. Raises CycleFound, and KeyError for a predecessor that does not exist.
    """
    place_of = {activity.code: index for index, activity in enumerate(activities)}
    after: list[list[tuple[int, int]]] = [[] for _activity in activities]
    waits = [len(activity.links) for activity in activities]
    early = [0] * len(activities)
    for index, activity in enumerate(activities):
        if not any(link.kind in DRIVES_START for link in activity.links):
            early[index] = max(0, activity.start)
        for link in activity.links:
            before = place_of[link.code]
            after[before].append((index, _weight(activities[before], activity, link)))
    order = _forward(early, after, waits)
    if len(order) < len(activities):
        raise CycleFound(_cycle(activities, waits))
    duration = max(
        (early[index] + activity.duration for index, activity in enumerate(activities)), default=0
    )
    late, free = _backward(activities, early, after, order, duration)
    return Network(
        {
            activity.code: Placed(
                early_start=early[index],
                early_finish=early[index] + activity.duration,
                late_start=late[index],
                late_finish=late[index] + activity.duration,
                total_float=late[index] - early[index],
                free_float=free[index],
            )
            for index, activity in enumerate(activities)
        },
        duration,
    )


def _weight(before: Activity, after: Activity, link: Link) -> int:
    """Return the days from the start of `before` after which `after` may start."""
    days = link.lag
    if link.kind in _FROM_FINISH:
        days += before.duration
    if link.kind in _TO_FINISH:
        days -= after.duration
    return days


def _forward(early: list[int], after: list[list[tuple[int, int]]], waits: list[int]) -> list[int]:
    """Push the early starts along the links; return the order, cut short where there is a cycle."""
    order = [index for index, count in enumerate(waits) if not count]
    for index in order:
        start = early[index]
        for following, weight in after[index]:
            early[following] = max(early[following], start + weight)
            waits[following] -= 1
            if not waits[following]:
                order.append(following)
    return order


def _backward(
    activities: Sequence[Activity],
    early: list[int],
    after: list[list[tuple[int, int]]],
    order: list[int],
    duration: int,
) -> tuple[list[int], list[int]]:
    """Return late starts and free floats."""
    late = [duration - activity.duration for activity in activities]
    free = [late[index] - early[index] for index in range(len(activities))]
    for index in reversed(order):
        for following, weight in after[index]:
            late[index] = min(late[index], late[following] - weight)
            free[index] = min(free[index], early[following] - early[index] - weight)
    return late, free


def _cycle(activities: Sequence[Activity], waits: list[int]) -> list[str]:
    """Return the codes of one cycle in the order of the work, the first one again at the end."""
    stuck = {activities[index].code: activities[index] for index, left in enumerate(waits) if left}
    code, seen = next(iter(stuck)), {}
    while code not in seen:
        seen[code] = len(seen)
        code = next(link.code for link in stuck[code].links if link.code in stuck)
    backwards = list(seen)[seen[code] :]
    return [code, *reversed(backwards)]
