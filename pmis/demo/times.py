"""Days and weather: one weather for the whole city, the same in every run."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from pmis.calendar import public_holidays
from pmis.demo.dice import dice

ONE_DAY = datetime.timedelta(days=1)
#: By month: mean lowest and highest temperature (°C) and share of wet days in Seoul's climate.
CLIMATE = (
    (-5.5, 2.1, 0.16), (-3.2, 5.1, 0.17), (1.9, 11.0, 0.20), (8.0, 17.9, 0.25),
    (13.5, 23.6, 0.25), (18.7, 27.6, 0.30), (22.3, 28.9, 0.46), (22.9, 30.0, 0.42),
    (17.7, 26.2, 0.28), (10.6, 20.2, 0.18), (3.5, 11.9, 0.24), (-3.2, 4.2, 0.19),
)  # fmt: skip


@dataclass(frozen=True)
class Weather:
    """The weather of one day as a site writes it down."""

    am: str
    pm: str
    lowest: Decimal
    highest: Decimal
    precipitation: Decimal
    wind: Decimal

    @property
    def stops_work(self) -> str:
        """Why nobody works outside, or nothing."""
        if self.precipitation >= 25:
            return "rain" if "rain" in (self.am, self.pm) else "snow"
        if self.precipitation >= 8 and "snow" in (self.am, self.pm):
            return "snow"
        return "wind" if self.wind >= Decimal("13.5") else "cold" if self.lowest < -12 else ""


def weather(day: datetime.date) -> Weather:
    """Return the invented weather of a day."""
    rng = dice("weather", day)
    low, high, wet = CLIMATE[day.month - 1]
    shift = rng.gauss(0, 2.6)
    lowest, highest = low + shift + rng.gauss(0, 1), high + shift + rng.gauss(0, 1.4)
    highest = max(highest, lowest + 1.5)
    wind = abs(rng.gauss(3.2, 2.2)) + 0.6
    amount = 0.0
    am, pm = rng.choice(("clear", "clear", "cloudy")), rng.choice(("clear", "cloudy"))
    if rng.random() < wet:
        amount = round(rng.expovariate(1 / (16 if day.month in (7, 8) else 6)) + 0.2, 1)
        kind = "snow" if highest < 3 else "rain"
        am, pm = rng.choice(((kind, "cloudy"), ("cloudy", kind), (kind, kind)))
    elif rng.random() < 0.04:
        am = "fog"
    elif wind > 9:
        pm = "wind"
    return Weather(am, pm, *(Decimal(f"{value:.1f}") for value in (lowest, highest, amount, wind)))


def is_site_day(day: datetime.date) -> bool:
    """Return whether sites report: Monday to Saturday without public holidays."""
    return day.weekday() < 6 and day not in public_holidays(settings.COUNTRY, day.year)


def is_office_day(day: datetime.date) -> bool:
    """Return whether offices work: Monday to Friday without public holidays."""
    return day.weekday() < 5 and is_site_day(day)


def site_days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return the days of reports from `first` to `last`, both included."""
    days = (first + ONE_DAY * number for number in range((last - first).days + 1))
    return [day for day in days if is_site_day(day)]


def office_day_after(day: datetime.date, count: int = 1) -> datetime.date:
    """Return the `count`-th office day after `day`."""
    while count:
        day += ONE_DAY
        count -= is_office_day(day)
    return day


def at(day: datetime.date, minutes: float) -> datetime.datetime:
    """Return the moment `minutes` after midnight of the city's day."""
    midnight = datetime.datetime.combine(day, datetime.time(), ZoneInfo(settings.TIME_ZONE))
    return midnight + datetime.timedelta(minutes=minutes)
