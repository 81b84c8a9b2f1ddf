"""Organizations and people of the demonstration."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from ccs.demo_accounts import ACCOUNTS, PASSWORD, DemoAccount
from ccs.models import Organization, User
from pmis.demo.dice import dice, public_id
from pmis.demo.places import District
from pmis.demo.tables import Table
from pmis.demo.words import (
    FIRMS,
    STEMS,
    mobile,
    office_phone,
    person,
    registration_number,
)

#: Nobody can sign in with it: people of the demonstration without an account to try.
UNUSABLE = "!demonstration"
SENIORITY = ("특급", "고급", "중급")


@dataclass(frozen=True)
class Firm:
    """An organization that was written."""

    id: int
    name: str
    number: str


@dataclass(frozen=True)
class Person:
    """A person that was written, as the public directory shows them."""

    id: int
    name: str
    organization: Firm
    position: str
    department: str
    phone: str


@dataclass
class Cast:
    """Everybody who takes part, and the tables they are written to."""

    organizations: Table
    users: Table
    now: datetime.datetime
    firms: dict[str, list[Firm]] = field(default_factory=lambda: defaultdict(list))
    #: Bodies by district code; "city" and "works" for the two of the whole city.
    bodies: dict[str, Firm] = field(default_factory=dict)

    def write(self) -> None:
        """Send organizations and people to the database."""
        self.organizations.write()
        self.users.write()

    def hire(
        self, role: str, number: int, organization: Firm, position: str, department: str = ""
    ) -> Person:
        """Write a person without a password, and return them."""
        rng = dice("person", role, number)
        return self._write_person(
            f"demo-{role}-{number:03}", person(rng), organization, position, department,
            office_phone(rng), mobile(rng),
        )  # fmt: skip

    def welcome(
        self, account: DemoAccount, organization: Firm, position: str, department: str = ""
    ) -> Person:
        """Write the person of an account to try, and return them."""
        rng = dice("account", account.username)
        return self._write_person(
            account.username, account.name, organization, position, department,
            office_phone(rng), mobile(rng), account,
        )  # fmt: skip

    def _write_person(
        self,
        username: str,
        name: str,
        organization: Firm,
        position: str,
        department: str,
        phone: str,
        own_mobile: str,
        account: DemoAccount | None = None,
    ) -> Person:
        is_administrator = account is not None and account.office_role == "administrator"
        key = self.users.add(
            username=username,
            name=name,
            password=make_password(PASSWORD) if account else UNUSABLE,
            email=f"{username}@demo.invalid",
            organization_id=organization.id,
            department=department,
            position=position,
            office_phone=phone,
            mobile=own_mobile,
            language=account.language if account else "ko",
            office_role=account.office_role if account else "",
            is_staff=is_administrator,
            is_superuser=is_administrator,
            date_joined=self.now,
        )
        return Person(key, name, organization, position, department, phone)

    def add_body(self, key: str, name: str, name_en: str, area_id: int, parent: int | None) -> Firm:
        """Write an ordering body and return it."""
        rng = dice("body", key)
        body = self._add("ordering_body", name, name_en, rng.randrange(10**6), area_id, parent)
        self.bodies[key] = body
        return body

    def add_firm(self, kind: str, number: int) -> Firm:
        """Write a firm and return it."""
        ending, ending_en, _count = FIRMS[kind]
        korean, english = STEMS[number % len(STEMS)]
        firm = self._add(kind, korean + ending, f"{english} {ending_en}", number)
        self.firms[kind].append(firm)
        return firm

    def _add(
        self,
        kind: str,
        name: str,
        name_en: str,
        number: int,
        area_id: int | None = None,
        parent: int | None = None,
    ) -> Firm:
        rng = dice("organization", kind, number)
        registration = registration_number(rng)
        key = self.organizations.add(
            public_id=public_id(self.now - datetime.timedelta(days=900), rng),
            kind=kind,
            name=name,
            name_en=name_en,
            parent_id=parent,
            area_id=area_id,
            registration_scheme="KR-BRN",
            registration_number=registration,
            office_phone=office_phone(rng),
            address="서울특별시 (가상 주소)",
            import_key=f"demo:{kind}:{number}",
            created_at=self.now,
        )
        return Firm(key, name, registration)


def found_organizations(
    districts: Sequence[District], city_id: int, now: datetime.datetime
) -> Cast:
    """Return the cast with all organizations of the demonstration."""
    cast = Cast(Table(Organization, now), Table(User, now), now)
    city = cast.add_body("city", "서울특별시(시연)", "Seoul (demo)", city_id, None)
    cast.add_body(
        "works", "도시기반시설본부(시연)", "City Infrastructure Works (demo)", city_id, city.id
    )
    for district in districts:
        names = district.area.names
        cast.add_body(
            district.area.code,
            f"{names['ko']}청(시연)",
            f"{names.get('en') or names['ko']} Office (demo)",
            district.area.pk,
            city.id,
        )
    for kind, (_ending, _english, count) in FIRMS.items():
        for number in range(count):
            cast.add_firm(kind, number)
    return cast


def account(username: str) -> DemoAccount:
    """Return one of the accounts to try."""
    return next(row for row in ACCOUNTS if row.username == username)
