"""The accounts of the demonstration: known to everyone, so never in production."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

#: One password for all of them, printed at the start and in the README.
PASSWORD = "hangang-bridge"  # noqa: S105 - published on purpose


@dataclass(frozen=True)
class DemoAccount:
    """An account to try a role with."""

    username: str
    name: str
    #: What one sees with it, for the list that is printed.
    about: str
    language: str = "ko"
    office_role: str = ""


ACCOUNTS = (
    DemoAccount("site_agent", "한지우", "writes and submits the daily reports of two sites"),
    DemoAccount("engineer", "조현우", "writes for the site agent"),
    DemoAccount("supervisor", "이정훈", "confirms reports and checks photos of eight sites"),
    DemoAccount("inspector", "Jamie Seo", "inspects the same eight sites, in English", "en"),
    DemoAccount("officer", "김하늘", "approves: the ordering body's officer in charge"),
    DemoAccount("department_head", "윤미경", "reads and withdraws: head of the department"),
    DemoAccount("accounting", "박수빈", "keeps contracts and amounts"),
    DemoAccount("subcontractor", "최은주", "sees the own firm's part of one site"),
    DemoAccount("executive", "정태호", "sees all projects", office_role="executive"),
    DemoAccount("auditor", "오세미", "reads everything and changes nothing", office_role="auditor"),
    DemoAccount(
        "administrator", "신도윤", "runs the system; also at /admin/", office_role="administrator"
    ),
    DemoAccount("outsider", "강민서", "has an account and no project"),
)


class NotInProduction(RuntimeError):
    """Raised where accounts with a published password are asked for in production."""


def refuse_in_production() -> None:
    """Raise `NotInProduction` where the system runs in production."""
    if settings.IN_PRODUCTION:
        raise NotInProduction(
            "The accounts of the demonstration have a published password: not in production."
        )


def office_accounts() -> tuple[DemoAccount, ...]:
    """Return the accounts that need no project: they see imported ones as well."""
    return tuple(account for account in ACCOUNTS if account.office_role)


def lines() -> list[str]:
    """Return the lines that the start of the system prints; none in production."""
    if settings.IN_PRODUCTION:
        return []
    there = office_accounts() if settings.DEMO == "philippines" else ACCOUNTS
    accounts = [f"  {account.username:16} {account.about}" for account in there]
    return [f"Demonstration accounts, password {PASSWORD}:", *accounts]
