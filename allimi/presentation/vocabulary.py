"""Words for the codes that published records hold: kinds, types, statuses, grounds."""

from __future__ import annotations

from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allimi.catalogue import CATALOGUE
from allimi.catalogue.conditions import STATE_LABELS

#: The states of a project as the public filters them (domain C.8, four groups).
STATUS_GROUPS: dict[str, tuple[str, ...]] = {
    "planned": ("planned", "contracted"),
    "ongoing": ("commenced", "ongoing", "completion_inspection"),
    "suspended": ("suspended",),
    "ended": ("completed", "defect_period", "closed", "terminated"),
}
_GROUP_LABELS = {
    "planned": _("planned"),
    "ongoing": _("under construction"),
    "suspended": _("suspended"),
    "ended": _("ended"),
}
_STATES = {
    "planned": _("planned"),
    "contracted": _("contracted"),
    "commenced": _("commenced"),
    "ongoing": _("under construction"),
    "suspended": _("suspended"),
    "completion_inspection": _("completion inspection"),
    "completed": _("completed"),
    "defect_period": _("defect liability period"),
    "closed": _("closed"),
    "terminated": _("terminated"),
}
_WORK_TYPES = {
    "road": _("road"),
    "bridge": _("bridge"),
    "water": _("water and sewerage"),
    "flood_control": _("flood control"),
    "public_building": _("public building"),
    "park": _("park"),
    "urban_rail": _("urban rail"),
    "other": _("other works"),
}
_KINDS = {
    "project": _("project"),
    "participant": _("participant"),
    "contract": _("contract"),
    "subcontract": _("subcontract"),
    "schedule": _("schedule"),
    "daily_report": _("daily report"),
    "photo": _("photo"),
    "approval": _("approval"),
    "organization": _("organization"),
    "person": _("person on duty"),
    "area": _("area"),
}
_WEATHER = {
    "clear": _("clear"),
    "cloudy": _("cloudy"),
    "rain": _("rain"),
    "snow": _("snow"),
    "fog": _("fog"),
    "wind": _("strong wind"),
}
_GROUNDS = {
    "G1": _("secret by another law (art. 9(1) no. 1)"),
    "G2": _("security and defence (art. 9(1) no. 2)"),
    "G3": _("protection of life, body and property (art. 9(1) no. 3)"),
    "G4": _("trial or investigation under way (art. 9(1) no. 4)"),
    "G5": _("decision in process (art. 9(1) no. 5)"),
    "G6": _("personal data (art. 9(1) no. 6)"),
    "G7": _("business secret (art. 9(1) no. 7)"),
    "FIN": _("account and tax data"),
    "SEC": _("security of the system"),
}
_ROLES = {
    "officer": _("officer in charge"),
    "department_head": _("department head"),
    "accounting_officer": _("contract and accounting officer"),
    "supervisor": _("responsible supervisor"),
    "inspector": _("inspector"),
    "site_agent": _("site agent"),
    "engineer": _("contractor's engineer"),
    "subcontractor": _("subcontractor's manager"),
    "designer": _("designer"),
    "joint_member": _("joint venture member"),
    "auditor": _("auditor"),
    "administrator": _("administrator"),
    "system": _("the system, by time-out"),
}


@cache
def work_type_labels() -> dict[str, Promise]:
    """Return the types of work in the order of the filter."""
    return dict(_WORK_TYPES)


def status_group(state: str) -> str:
    """Return the public group of a project's state."""
    return next((group for group, states in STATUS_GROUPS.items() if state in states), "")


def status_group_label(group: str) -> str:
    """Return the words for a group of states."""
    return str(_GROUP_LABELS.get(group, group))


def state_label(state: str) -> str:
    """Return the words for a project's state."""
    return str(_STATES.get(state, state))


def work_type_label(work_type: str) -> str:
    """Return the words for a type of work."""
    return str(_WORK_TYPES.get(work_type, work_type))


def kind_label(kind: str) -> str:
    """Return the words for a record type."""
    if kind in _KINDS or kind not in CATALOGUE:
        return str(_KINDS.get(kind, kind.replace("_", " ")))
    return str(CATALOGUE[kind].label)


def record_state_label(state: str) -> str:
    """Return the words for the state of a record."""
    return str(STATE_LABELS.get(state, state))


def ground_label(ground: str) -> str:
    """Return the words for a ground of withholding."""
    return str(_GROUNDS.get(ground, ground))


def role_label(role: str) -> str:
    """Return the words for a role."""
    return str(_ROLES.get(role, role.replace("_", " ")))


def weather_label(weather: str) -> str:
    """Return the words for a kind of weather, empty where none was entered."""
    return str(_WEATHER.get(weather, weather))
