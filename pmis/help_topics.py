"""Which help belongs to which page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pmis.records import types
from pmis.records.types import Group

#: Topics in the order of the list; each has a page in `templates/pmis/help/<language>/`.
TOPICS = {
    "my-day": _("My day"),
    "projects": _("Projects"),
    "participants": _("People and delegation"),
    "contracts": _("Contracts and subcontracts"),
    "daily-report": _("Daily report"),
    "schedules": _("Schedule and progress"),
    "inspections": _("Inspections, materials, quality"),
    "safety": _("Safety"),
    "letters": _("Directives, letters, meetings"),
    "documents": _("Drawings and documents"),
    "photos": _("Photos"),
    "changes": _("Changes and claims"),
    "evaluation": _("Evaluation"),
    "approvals": _("Approvals"),
    "registers": _("Registers and records"),
    "search": _("Search and saved filters"),
    "notices": _("Notices and mails"),
    "offline": _("Without a network"),
    "practice": _("Practice"),
    "administration": _("Account and administration"),
}
#: First words of an address' name, the longest first that fits.
PAGES = {
    "my-day": "my-day",
    "approvals": "approvals",
    "project": "projects",
    "project-schedule": "schedules",
    "participant": "participants",
    "delegation": "participants",
    "contract": "contracts",
    "guarantee": "contracts",
    "subcontract": "contracts",
    "daily-report": "daily-report",
    "schedule": "schedules",
    "photo": "photos",
    "search": "search",
    "filter": "search",
    "notice": "notices",
    "messages": "notices",
    "offline": "offline",
    "draft": "offline",
    "practice": "practice",
    "access-log": "administration",
    "help": "my-day",
}
#: Topic of a record type by its part of the menu.
GROUPS = {
    Group.PROGRESS: "registers",
    Group.QUALITY: "inspections",
    Group.SAFETY: "safety",
    Group.LETTERS: "letters",
    Group.DOCUMENTS: "documents",
    Group.CHANGES: "changes",
    Group.EVALUATION: "evaluation",
}


def topic_of(namespace: str, name: str) -> str:
    """Return the topic of the page whose address is called `name`."""
    if namespace != "pmis":
        return "administration"
    words = name.split("-")
    for length in range(len(words), 0, -1):
        if topic := PAGES.get("-".join(words[:length])):
            return topic
    fitting = [entry for entry in types() if name.startswith(f"{entry.name}-")]
    if fitting:
        entry = max(fitting, key=lambda entry: len(entry.name))
        return GROUPS.get(entry.group, "registers")
    return "registers"
