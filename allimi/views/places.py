"""Public pages of places: an area, all projects, and what lies around a point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.presentation.filters import (
    ProjectFilter,
    apply_filter,
    as_identity,
    chips,
    read_filter,
)
from allimi.presentation.frame import Crumb, frame
from allimi.presentation.listing import (
    by_day,
    by_day_in_area,
    by_distance,
    listed_projects,
    published,
)
from allimi.presentation.places import (
    NOTHING,
    area_rows,
    area_with,
    below_of,
    children_of,
    counts_key,
    crumbs_to,
    project_counts,
    root_areas,
)
from allimi.presentation.reading import names_of
from allimi.presentation.rows import listing_of
from allimi.presentation.serving import Page, public_page
from allimi.presentation.vocabulary import STATUS_GROUPS, status_group_label, work_type_labels
from ccs.lib.formats import NBSP, format_number
from ccs.models import Area

#: Radii of "near me" in kilometres, as they stand in the address.
RADII = ("0.5", "1", "2", "3", "5")
USUAL_RADIUS = "1"
MOST_AREAS = 12
MOST_FIRMS = 8
SHORTEST_NAME = 2


@public_page
def area(request: HttpRequest, code: str) -> Page:
    """Show an area: the areas below it by list and map, and its projects."""
    place = area_with(code)
    if place is None:
        raise Http404(code)
    wanted = read_filter(request.GET)
    children = children_of(place)
    counts = project_counts([place.pk, *(child.pk for child in children)])
    after = request.GET.get("after", "")
    found = listed_projects(
        lambda: by_day_in_area(
            apply_filter(published("project"), replace(wanted, type="", status="")),
            place.pk,
            after,
            work_type=wanted.type,
            statuses=STATUS_GROUPS.get(wanted.status, ()),
        ),
        _statement_key(wanted, after, place.pk),
    )
    context = {
        "place": {**_place(place, counts), "newest_at": request.newest_at},
        "listing": listing_of(found, request.path, wanted.query()),
        "frame": frame(
            request.path,
            request.META.get("QUERY_STRING", ""),
            crumbs_to(place, with_itself=False),
            "front",
        ),
        **_filter_context(request.path, wanted),
    }
    return "allimi/area.html", context


def _place(place: Area, counts: dict[int, Any]) -> dict[str, Any]:
    own = counts.get(place.pk, NOTHING)
    return {
        "name": place.name,
        "heading": _("Public works in %(area)s") % {"area": place.name},
        "counts": own,
        "groups": lambda: [
            {"label": status_group_label(group), "count": own.by_group.get(group, 0)}
            for group in STATUS_GROUPS
            if group != "ongoing"
        ],
        "choose": _("Choose an area"),
        "key": counts_key(place, counts),
        # What is to be called, the template calls where its part is not remembered.
        "below": lambda: below_of(place, counts),
        "map_label": _("Map of %(area)s: published projects by area") % {"area": place.name},
        "map_note": _("published projects by area"),
    }


def _filter_context(path: str, wanted: ProjectFilter) -> dict[str, Any]:
    known = names_of(text for text in (wanted.body, wanted.firm) if as_identity(text))
    names = {as_identity(text): named.label for text, named in known.items()}
    return {
        "action": path,
        "wanted": wanted,
        "types": work_type_labels().items(),
        "statuses": [(group, status_group_label(group)) for group in STATUS_GROUPS],
        "currency": settings.CURRENCY,
        "chips": chips(wanted, path, names),
    }


@public_page
def projects(request: HttpRequest) -> Page:
    """Show all projects, or those that a search finds, with areas and firms of that name."""
    wanted = read_filter(request.GET)
    after = request.GET.get("after", "")
    found = listed_projects(
        lambda: by_day(apply_filter(published("project"), wanted), after),
        _statement_key(wanted, after),
    )
    heading = _("All projects")
    if wanted.q:
        heading = _("Search: %(text)s") % {"text": wanted.q}
    context = {
        "heading": heading,
        "areas_found": _areas_named(wanted.q) if not after else [],
        "firms_found": _organizations_named(wanted.q) if not after else [],
        "listing": listing_of(found, request.path, wanted.query()),
        "frame": frame(
            request.path, request.META.get("QUERY_STRING", ""), [Crumb(heading)], "projects"
        ),
        **_filter_context(request.path, wanted),
    }
    return "allimi/projects.html", context


def _statement_key(wanted: ProjectFilter, after: str, area: int = 0) -> tuple[object, ...] | None:
    """Return what the query of a list hangs on, None where it holds what other queries found."""
    return None if after or wanted.body or wanted.firm else ("projects", area, wanted)


def _areas_named(text: str) -> list[Any]:
    if len(text) < SHORTEST_NAME:
        return []
    named = Q(names__ko__icontains=text) | Q(names__en__icontains=text)
    areas = list(
        Area.objects.filter(named)
        .defer("polygon", "map_path")
        .order_by("level", "code")[:MOST_AREAS]
    )
    return area_rows(areas, project_counts(area.pk for area in areas))


def _organizations_named(text: str) -> list[Any]:
    if len(text) < SHORTEST_NAME:
        return []
    named = published("organization").filter(Q(title__icontains=text) | Q(title_en__icontains=text))
    found = named.values_list("public_id", flat=True).order_by("-sort_date", "-id")[:MOST_FIRMS]
    return sorted(names_of(found).values(), key=lambda firm: firm.label)


@dataclass(frozen=True)
class Problem:
    """A field of the point that could not be read, and what to do."""

    field: str
    text: str


@public_page
def near(request: HttpRequest) -> Page:
    """Show the projects around a point that the reader gives."""
    given = {name: request.GET.get(name, "").strip()[:12] for name in ("lat", "lon", "radius")}
    radius = given["radius"] if given["radius"] in RADII else USUAL_RADIUS
    latitude, longitude = _degrees(given["lat"], 90), _degrees(given["lon"], 180)
    asked = bool(given["lat"] or given["lon"])
    context: dict[str, Any] = {
        "action": request.path,
        "given": {**given, "radius": radius},
        "radii": [{"value": choice, "label": _radius_label(choice)} for choice in RADII],
        "problems": _problems(latitude, longitude) if asked else [],
        "frame": frame(
            request.path, request.META.get("QUERY_STRING", ""), [Crumb(_("Near me"))], "near"
        ),
    }
    if latitude is None or longitude is None:
        below = [child for root in root_areas() for child in children_of(root)]
        context["areas"] = area_rows(below, project_counts(child.pk for child in below))
        return "allimi/near.html", context
    found = listed_projects(
        lambda: by_distance(
            published("project"),
            latitude=latitude,
            longitude=longitude,
            radius_km=float(radius),
            after=request.GET.get("after", ""),
        )
    )
    query = f"lat={latitude}&lon={longitude}&radius={radius}"
    context["listing"] = listing_of(found, reverse("allimi:near"), query)
    context["heading"] = _("Projects within %(radius)s, nearest first") % {
        "radius": _radius_label(radius)
    }
    return "allimi/near.html", context


def _degrees(text: str, limit: int) -> float | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return float(value) if value.is_finite() and abs(value) <= limit else None


def _problems(latitude: float | None, longitude: float | None) -> list[Problem]:
    problems = []
    if latitude is None:
        problems.append(
            Problem("lat", _("Latitude must be a number from −90 to 90, such as 37.5665."))
        )
    if longitude is None:
        problems.append(
            Problem("lon", _("Longitude must be a number from −180 to 180, such as 126.9780."))
        )
    return problems


def _radius_label(kilometres: str) -> str:
    return f"{format_number(Decimal(kilometres), get_language() or 'en')}{NBSP}km"
