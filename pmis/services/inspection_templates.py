"""The checklists of inspections that come with the project, made where they are missing."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction

from pmis.models import InspectionTemplate, InspectionTemplateItem

#: 280 points of Korean public works; its README says where they come from.
POINTS = Path("data") / "kr-inspection-checklist" / "inspection_points.csv"


def _points() -> Iterator[tuple[tuple[str, str], str, str]]:
    """Yield (division and type of work, when it is inspected, what is looked at)."""
    with (Path(settings.BASE_DIR) / POINTS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = (row["work_division_ko"].strip(), row["work_type_ko"].strip())
            yield name, row["inspection_timing_ko"].strip(), row["check_item_ko"].strip()


@transaction.atomic
def load_templates() -> tuple[int, int]:
    """Make the checklists that are missing; return how many, and with how many points.

    A checklist that is there stays as administrators left it.
    """
    points: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, timing, item in _points():
        points.setdefault(name, []).append((timing, item))
    present = set(InspectionTemplate.objects.values_list("division", "work_type"))
    made = InspectionTemplate.objects.bulk_create(
        InspectionTemplate(division=name[0], work_type=name[1], order=order)
        for order, name in enumerate(points)
        if name not in present
    )
    items = InspectionTemplateItem.objects.bulk_create(
        InspectionTemplateItem(template=template, order=order, timing=timing, item=item)
        for template in made
        for order, (timing, item) in enumerate(points[template.division, template.work_type])
    )
    return len(made), len(items)
