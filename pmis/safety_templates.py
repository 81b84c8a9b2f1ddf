"""Items that safety checklists start with, by work and season, and precautions of permits.

Worded after the duties of the Rules on Occupational Safety and Health Standards (산업안전보건기준에
관한 규칙); a site adds, changes and removes items in its own list.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pmis.models import SafetyChecklist, WorkPermit

Template = SafetyChecklist.Template
Kind = WorkPermit.Kind

CHECKLISTS: dict[str, tuple[Any, ...]] = {
    Template.GENERAL: (
        _("Toolbox meeting held before the work began"),
        _("Helmets, safety shoes and harnesses worn"),
        _("Passages free, lit and marked"),
        _("Openings covered or railed"),
        _("Material stacked so that it cannot fall"),
        _("Fire extinguishers in place and in date"),
        _("First-aid kit and emergency contacts posted"),
        _("Site tidy, waste taken away"),
    ),
    Template.EXCAVATION: (
        _("Slope or shoring as designed"),
        _("No cracks, no water, no bulging at the edge"),
        _("Spoil and machines away from the edge"),
        _("Railing and ladder at the excavation"),
        _("Buried pipes and cables located"),
        _("Readings of the instruments within the limit"),
    ),
    Template.SCAFFOLD: (
        _("Scaffold inspected and tagged"),
        _("Platform boards fixed and without gaps"),
        _("Guard rails, mid rails and toe boards in place"),
        _("Ties to the building as designed"),
        _("Lifelines in place and harnesses hooked"),
        _("No loose material on platforms"),
    ),
    Template.FORMWORK: (
        _("Assembly drawing at hand and followed"),
        _("Shores upright, on firm ground, tied both ways"),
        _("Load of concrete placed evenly"),
        _("Nobody below while concrete is poured"),
        _("Strength tested before formwork is struck"),
    ),
    Template.LIFTING: (
        _("Certificate of the crane in date"),
        _("Ground firm, outriggers out on plates"),
        _("Slings, hooks and latches without damage"),
        _("Signaller named, lifting area closed off"),
        _("Load within the chart at this radius"),
        _("Power lines at a safe distance"),
    ),
    Template.ELECTRICITY: (
        _("Earth-leakage breakers tested"),
        _("Distribution boards locked and labelled"),
        _("Cables off the ground and whole"),
        _("Portable tools earthed or double insulated"),
        _("Live work only by qualified people with a permit"),
    ),
    Template.TUNNEL: (
        _("Oxygen and gas measured before entry"),
        _("Ventilation runs"),
        _("Attendant outside, list of people inside"),
        _("Rescue set, lifeline and breathing apparatus at hand"),
        _("Lighting and communication work"),
        _("Face and support inspected"),
    ),
    Template.MACHINES: (
        _("Papers of machine and operator checked"),
        _("Guide present, people kept out of the working area"),
        _("Alarms, lights and cameras work"),
        _("Way and slope fit to drive on"),
        _("Parked on level ground, key removed"),
    ),
    Template.TRAFFIC: (
        _("Signs, cones and lights as in the traffic plan"),
        _("Flaggers at the entrances"),
        _("Footway at least 1.5 m wide, level and lit"),
        _("Fence closed and stable"),
        _("Road clean of mud and steel plates fixed"),
    ),
    Template.HEAT: (
        _("Water, shade and rest every hour"),
        _("Heavy work moved away from the hottest hours"),
        _("Felt temperature measured and written down"),
        _("New and sick workers looked after"),
        _("Everyone knows the signs of heat stroke"),
    ),
    Template.COLD: (
        _("Warm clothes, warm shelter and warm drinks"),
        _("Ice and snow cleared, passages gritted"),
        _("Curing with fuel only with gas measured and ventilation"),
        _("Heaters watched, extinguisher beside them"),
        _("Older workers start later on the coldest days"),
    ),
    Template.WIND: (
        _("Crane stopped above 15 m/s, assembly above 10 m/s"),
        _("Fences, sheets and signs tied down"),
        _("Loose material fixed or taken down"),
        _("Work at height stopped above 10 m/s"),
        _("Scaffold inspected after the wind"),
    ),
    Template.RAIN: (
        _("Drains and pumps work, spare pump at hand"),
        _("Slopes covered, retaining walls watched"),
        _("Electric equipment off the ground and dry"),
        _("People and machines out of the river and low places"),
        _("Duty roster and call chain for the night"),
    ),
    Template.THAW: (
        _("Slopes and retaining walls without cracks or bulging"),
        _("Ground below scaffolds and cranes has not sunk"),
        _("Excavations checked after frost"),
        _("Pipes and cables exposed by thaw supported"),
    ),
}

#: Templates of the season, by month, in Korea's climate; the first is the most urgent.
SEASONS: dict[int, tuple[Template, ...]] = {
    1: (Template.COLD,),
    2: (Template.THAW, Template.COLD),
    3: (Template.THAW,),
    4: (Template.THAW, Template.WIND),
    5: (),
    6: (Template.RAIN, Template.HEAT),
    7: (Template.RAIN, Template.HEAT),
    8: (Template.HEAT, Template.WIND, Template.RAIN),
    9: (Template.WIND, Template.RAIN),
    10: (),
    11: (Template.COLD,),
    12: (Template.COLD,),
}
#: Templates of weather and season, which are no daily round.
OF_SEASON = (Template.HEAT, Template.COLD, Template.WIND, Template.RAIN, Template.THAW)

PRECAUTIONS: dict[str, tuple[Any, ...]] = {
    Kind.HOT_WORK: (
        _("Fire watch named, extinguisher beside the work"),
        _("Nothing that burns within 11 m, or covered"),
        _("Sparks caught, gas measured"),
        _("Watch kept for 30 minutes after the work"),
    ),
    Kind.CONFINED_SPACE: (
        _("Oxygen 18 to 23.5 %, gas within the limits, written down"),
        _("Ventilation before and during the work"),
        _("Attendant outside, contact kept"),
        _("Rescue set and breathing apparatus at hand"),
    ),
    Kind.HEIGHT: (
        _("Platform or net in place"),
        _("Anchor points tested, harness worn"),
        _("Area below closed off"),
        _("Wind below 10 m/s"),
    ),
    Kind.CRANE: (
        _("Lifting plan checked: load, radius, ground"),
        _("Signaller and rigger named"),
        _("Lifting area closed off"),
        _("Slings and hooks inspected"),
    ),
    Kind.EXCAVATION: (
        _("Buried pipes and cables located with their owners"),
        _("Shoring or slope as designed"),
        _("Machines and spoil away from the edge"),
        _("Ladder and railing in place"),
    ),
    Kind.ELECTRICITY: (
        _("Switched off, locked and tagged"),
        _("Absence of voltage tested"),
        _("Earthed and short-circuited"),
        _("Qualified people with insulating protection"),
    ),
}


def season_templates(day: datetime.date) -> tuple[Template, ...]:
    """Return the checklists of the season that `day` lies in."""
    return SEASONS[day.month]


def items_of(template: str) -> list[str]:
    """Return the items of a template in the reader's language."""
    return [str(item) for item in CHECKLISTS.get(template, ())]


def precautions_of(kind: str) -> list[str]:
    """Return the precautions of a kind of permit in the reader's language."""
    return [str(text) for text in PRECAUTIONS.get(kind, ())]
