"""THE gate: every field of every record type, and what becomes of it on the way to the public."""

from allimi.catalogue.changes import DESIGN_CHANGE, PROGRESS_CLAIM, TIME_EXTENSION
from allimi.catalogue.contracts import CONTRACT, SUBCONTRACT
from allimi.catalogue.declarations import Disclosure, Item, RecordType
from allimi.catalogue.evaluations import EVALUATION, PENALTY
from allimi.catalogue.filing import CAMERA, DOCUMENT, DRAWING
from allimi.catalogue.letters import LETTER, MEETING
from allimi.catalogue.periodic import MONTHLY_REPORT, SUPERVISION_LOG, WEEKLY_REPORT
from allimi.catalogue.photos import PHOTO
from allimi.catalogue.projects import ORGANIZATION, PARTICIPANT, PROJECT
from allimi.catalogue.quality import (
    INSPECTION_REQUEST,
    MATERIAL_APPROVAL,
    NON_CONFORMANCE,
    QUALITY_PLAN,
    QUALITY_TEST,
)
from allimi.catalogue.reports import APPROVAL, DAILY_REPORT
from allimi.catalogue.safety import (
    ACCIDENT,
    RISK_ASSESSMENT,
    SAFETY_ACTIVITY,
    SAFETY_CHECKLIST,
    SAFETY_COST,
    SAFETY_FINDING,
    SAFETY_PLAN,
    WORK_PERMIT,
)
from allimi.catalogue.schedules import CATCH_UP_PLAN, SCHEDULE

#: All record types, in the order of the documentation and the register.
CATALOGUE: dict[str, RecordType] = {
    record_type.kind: record_type
    for record_type in (
        PROJECT,
        PARTICIPANT,
        CONTRACT,
        SUBCONTRACT,
        SCHEDULE,
        CATCH_UP_PLAN,
        DAILY_REPORT,
        SUPERVISION_LOG,
        WEEKLY_REPORT,
        MONTHLY_REPORT,
        INSPECTION_REQUEST,
        MATERIAL_APPROVAL,
        QUALITY_PLAN,
        QUALITY_TEST,
        NON_CONFORMANCE,
        LETTER,
        MEETING,
        SAFETY_FINDING,
        SAFETY_CHECKLIST,
        RISK_ASSESSMENT,
        SAFETY_PLAN,
        SAFETY_COST,
        SAFETY_ACTIVITY,
        WORK_PERMIT,
        ACCIDENT,
        DRAWING,
        DOCUMENT,
        PROGRESS_CLAIM,
        DESIGN_CHANGE,
        TIME_EXTENSION,
        PENALTY,
        EVALUATION,
        PHOTO,
        CAMERA,
        APPROVAL,
        ORGANIZATION,
    )
}

__all__ = ["CATALOGUE", "Disclosure", "Item", "RecordType"]
