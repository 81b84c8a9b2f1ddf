"""The supervision log, prefilled from what others entered on the day."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from pmis.models import (
    ComplaintEntry,
    DailyReport,
    InspectionRequest,
    MaterialReceipt,
    Participant,
    Project,
    RecordState,
    SupervisionLog,
    Visitor,
)
from pmis.roles import SUPERVISION_ROLES
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.daily_reports import report_of_day

#: Fields that the log takes over from the contractor's report of the day, by their names there.
FROM_REPORT = {
    "weather_am": "weather_am",
    "weather_pm": "weather_pm",
    "tests_done": "tests_witnessed",
    "instructions_received": "instructions",
    "tomorrow_summary": "next_plan",
}


def prefilled(
    *, project: Project, date: datetime.date
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Return fields and lines of a new log: who is on duty, and what the day's records say."""
    on_duty = Participant.objects.filter(project=project, role__in=SUPERVISION_ROLES)
    lines: dict[str, list[dict[str, Any]]] = {
        "duty_lines": [
            {"participant": participant, "hours": 8}
            for participant in on_duty.on(date).order_by("role", "id")
        ]
    }
    fields: dict[str, Any] = {
        "inspections": _inspections(project, date),
        "material_checks": _receipts(project, date),
        # The form asks for a number: a day without visitors or complaints has none of them.
        "visitor_count": 0,
        "complaint_count": _complaints(project, date),
    }
    report = report_of_day(project=project, date=date)
    if report is not None:
        fields |= {own: getattr(report, name) for name, own in FROM_REPORT.items()}
        fields["safety_environment"] = _safety(report)
        fields["visitor_count"] = Visitor.objects.filter(report=report).count()
        lines["work_lines"] = [
            {"work": line.activity, "location": line.location}
            for line in report.work_lines.all()
            if line.activity
        ]
    return fields, lines


def check_complete(log: SupervisionLog) -> None:
    """Raise `ValidationError` where a log names nobody on duty."""
    if not log.duty_lines.exists():
        raise ValidationError({"duty_lines": _("Say who was on duty.")})


EFFECTS[SupervisionLog.record_type] = Effects(submitted=check_complete)


def _complaints(project: Project, date: datetime.date) -> int:
    entered = ComplaintEntry.objects.filter(project=project, received_date=date)
    return entered.exclude(state=RecordState.DRAFT).count()


def _inspections(project: Project, date: datetime.date) -> str:
    requests = InspectionRequest.objects.latest_versions().filter(
        project=project, inspected_at__date=date
    )
    return "\n".join(
        f"{request}: {request.get_state_display()}" for request in requests.order_by("id")
    )


def _receipts(project: Project, date: datetime.date) -> str:
    receipts = MaterialReceipt.objects.filter(approval__project=project, date=date)
    return "\n".join(str(receipt) for receipt in receipts.order_by("id"))


def _safety(report: DailyReport) -> str:
    texts = (report.hazards, report.safety_patrol, report.dust_note, report.waste_note)
    return "\n".join(text for text in texts if text)
