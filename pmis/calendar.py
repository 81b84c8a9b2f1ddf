"""Working days: the public holidays of the country, changed by the rows of `Holiday`.

Saturdays and Sundays are not working days. Deadlines of the approval line count in working days.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections.abc import Collection, Mapping
from functools import lru_cache

import holidays
from django.conf import settings

from ccs.models import Holiday

ONE_DAY = datetime.timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))
#: Country of the calendar where the package knows none: weekends only.
_NO_HOLIDAYS = frozenset[datetime.date]()


@lru_cache(maxsize=32)
def public_holidays(country: str, year: int) -> frozenset[datetime.date]:
    """Return the public holidays of an ISO 3166 country in one year, observed days included."""
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return _NO_HOLIDAYS


class WorkingDays:
    """The calendar of one moment: reads the changed days once and then only counts."""

    def __init__(
        self,
        first: datetime.date,
        last: datetime.date,
        *,
        weekdays: Collection[int] = MONDAY_TO_FRIDAY,
        works_holidays: bool = False,
        own_days: Mapping[datetime.date, bool] | None = None,
    ) -> None:
        """Read the changes between `first` and `last` (one query).

        A site may work on other `weekdays` (0 is Monday), on public holidays, and has days of
        its own, worked or not, which win over everything else.
        """
        rows = Holiday.objects.filter(date__range=(first, last))
        self._changed = {} if works_holidays else dict(rows.values_list("date", "is_working_day"))
        self._changed |= own_days or {}
        self._weekdays, self._works_holidays = frozenset(weekdays), works_holidays

    def is_working(self, day: datetime.date) -> bool:
        """Return whether people work on `day`: a row of `Holiday` wins over the package."""
        if day in self._changed:
            return self._changed[day]
        if day.weekday() not in self._weekdays:
            return False
        return self._works_holidays or day not in public_holidays(settings.COUNTRY, day.year)

    def after(self, day: datetime.date, count: int) -> datetime.date:
        """Return the `count`-th working day after `day`."""
        while count > 0:
            day += ONE_DAY
            count -= self.is_working(day)
        return day

    def before(self, day: datetime.date, count: int) -> datetime.date:
        """Return the `count`-th working day before `day`."""
        while count > 0:
            day -= ONE_DAY
            count -= self.is_working(day)
        return day


class DayScale:
    """The working days from `first` on, numbered from 0."""

    #: A calendar on which nobody works for so long is a slip of the pen.
    LONGEST_BREAK = 3660

    def __init__(self, calendar: WorkingDays, first: datetime.date) -> None:
        self._calendar = calendar
        self._days: list[datetime.date] = []
        self._seen = first - ONE_DAY

    def number(self, day: datetime.date) -> int:
        """Return the number of `day`, or of the next working day; days before the first are 0."""
        while self._seen < day:
            self._look_at_next()
        while not self._days or self._days[-1] < day:
            self.day(len(self._days))
        return bisect_left(self._days, day)

    def day(self, number: int) -> datetime.date:
        """Return the working day of a number; raise ValueError where nobody ever works."""
        looked = 0
        while len(self._days) <= number:
            looked = 0 if self._look_at_next() else looked + 1
            if looked > self.LONGEST_BREAK:
                raise ValueError("nobody works on this calendar")
        return self._days[number]

    def length(self, start: datetime.date, finish: datetime.date) -> int:
        """Return how many days are worked from `start` to `finish`, both included; at least 1."""
        return max(1, self.number(finish + ONE_DAY) - self.number(start))

    def _look_at_next(self) -> bool:
        self._seen += ONE_DAY
        if not self._calendar.is_working(self._seen):
            return False
        self._days.append(self._seen)
        return True


def around(day: datetime.date, days: int = 60) -> WorkingDays:
    """Return the calendar of `days` days before and after `day`."""
    span = datetime.timedelta(days=days)
    return WorkingDays(day - span, day + span)


def is_working_day(day: datetime.date) -> bool:
    """Return whether people work on `day`."""
    return WorkingDays(day, day).is_working(day)


def next_working_day(day: datetime.date) -> datetime.date:
    """Return the first working day after `day`."""
    return around(day).after(day, 1)


def working_days_after(day: datetime.date, count: int) -> datetime.date:
    """Return the `count`-th working day after `day`."""
    return around(day, days=30 + 3 * count).after(day, count)


def working_days_before(day: datetime.date, count: int) -> datetime.date:
    """Return the `count`-th working day before `day`."""
    return around(day, days=30 + 3 * count).before(day, count)
