"""Models of One-PMIS, a file per subject."""

from pmis.models.approvals import Approval, ApprovalEvent, ApprovalStep, Withdrawal
from pmis.models.contracts import (
    BillItem,
    Contract,
    ContractAmendment,
    ContractParty,
    Guarantee,
    Subcontract,
)
from pmis.models.daily_reports import (
    DailyReport,
    DailyReportPhoto,
    EquipmentLine,
    MaterialLine,
    PlannedLine,
    Visitor,
    WorkforceLine,
    WorkLine,
)
from pmis.models.drafts import Draft, IdempotencyKey
from pmis.models.notices import (
    EscalationMessage,
    MessageChoice,
    Notice,
    NoticeReceipt,
    SentDigest,
)
from pmis.models.participants import Delegation, Participant
from pmis.models.photos import Photo
from pmis.models.printing import IssuedCopy, IssuedDocument
from pmis.models.projects import Project, ProjectArea, ProjectBudget
from pmis.models.records import (
    DROPPED,
    IN_FORCE,
    IN_WORK,
    LOCKED,
    Line,
    PhotoLine,
    Record,
    RecordQuerySet,
    RecordState,
)
from pmis.models.schedules import Schedule, WorkItem
from pmis.models.screening import ScreenRelease
from pmis.models.search import SavedFilter, SearchEntry

__all__ = [
    "DROPPED",
    "IN_FORCE",
    "IN_WORK",
    "LOCKED",
    "Approval",
    "ApprovalEvent",
    "ApprovalStep",
    "BillItem",
    "Contract",
    "ContractAmendment",
    "ContractParty",
    "DailyReport",
    "DailyReportPhoto",
    "Delegation",
    "Draft",
    "EquipmentLine",
    "EscalationMessage",
    "Guarantee",
    "IdempotencyKey",
    "IssuedCopy",
    "IssuedDocument",
    "Line",
    "MaterialLine",
    "MessageChoice",
    "Notice",
    "NoticeReceipt",
    "Participant",
    "Photo",
    "PhotoLine",
    "PlannedLine",
    "Project",
    "ProjectArea",
    "ProjectBudget",
    "Record",
    "RecordQuerySet",
    "RecordState",
    "SavedFilter",
    "Schedule",
    "ScreenRelease",
    "SearchEntry",
    "SentDigest",
    "Subcontract",
    "Visitor",
    "Withdrawal",
    "WorkItem",
    "WorkLine",
    "WorkforceLine",
]
