"""Working days: the public holidays of the country, changed by the rows of `Holiday`.

Saturdays and Sundays are not working days. Deadlines of the approval line count in working days.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

import holidays
from django.conf import settings

from ccs.models import Holiday

ONE_DAY = datetime.timedelta(days=1)
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

    def __init__(self, first: datetime.date, last: datetime.date) -> None:
        """Read the changes between `first` and `last` (one query)."""
        rows = Holiday.objects.filter(date__range=(first, last))
        self._changed = dict(rows.values_list("date", "is_working_day"))

    def is_working(self, day: datetime.date) -> bool:
        """Return whether people work on `day`: a row of `Holiday` wins over the package."""
        if day in self._changed:
            return self._changed[day]
        return day.weekday() < 5 and day not in public_holidays(settings.COUNTRY, day.year)

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
