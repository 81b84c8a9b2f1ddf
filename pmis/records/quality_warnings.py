"""What a daily report tells that quality does not allow yet: shown before it is submitted."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pmis.models import DailyReport, RecordState
from pmis.records.types import Warning
from pmis.services.inspections import blocked_items
from pmis.services.materials import lines_without_approval


def quality_warnings(report: DailyReport) -> list[Warning]:
    """Return warnings of work behind an open hold point and of material without an approval."""
    return [*_work_behind_hold_points(report), *_material_without_approval(report)]


def _work_behind_hold_points(report: DailyReport) -> list[Warning]:
    """Domain C.3: what follows a hold point may begin only after it is passed."""
    lines = [
        (index, line)
        for index, line in enumerate(report.work_lines.all())
        if line.work_item and line.quantity
    ]
    blocked = blocked_items(report.project) if lines else {}
    found = []
    for index, line in lines:
        for point in blocked.get(line.work_item.code, ())[:1]:
            sentence = _("%(work)s: the hold point before it is not passed (%(point)s, %(state)s).")
            words = {
                "work": line.activity,
                "point": point,
                "state": RecordState(point.state).label,
            }
            found.append(Warning(f"id_work_lines-{index}-quantity", sentence % words))
    return found


def _material_without_approval(report: DailyReport) -> list[Warning]:
    """Domain A.1: only approved material can be received."""
    found = []
    for index, line, state in lines_without_approval(report):
        name = " ".join(part for part in (line.item, line.standard) if part)
        if state:
            sentence = _("%(material)s was received, but its approval is: %(state)s.")
            words = {"material": name, "state": RecordState(state).label}
        else:
            sentence = _("%(material)s was received without an approved source.")
            words = {"material": name}
        found.append(Warning(f"id_material_lines-{index}-received_quantity", sentence % words))
    return found
