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
from pmis.models.inspections import (
    WAITING_OR_NOT_PASSED,
    InspectionItem,
    InspectionPhoto,
    InspectionRequest,
    InspectionTemplate,
    InspectionTemplateItem,
)
from pmis.models.materials import (
    RECEIVABLE,
    MaterialApproval,
    MaterialPhoto,
    MaterialReceipt,
)
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
from pmis.models.quality import (
    NonConformance,
    NonConformancePhoto,
    QualityPlan,
    QualityPlanItem,
    QualityTest,
    QualityTestPhoto,
    required_number,
)
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
    "Approval",
    "ApprovalEvent",
    "ApprovalStep",
    "BillItem",
    "Contract",
    "ContractAmendment",
    "ContractParty",
    "DROPPED",
    "DailyReport",
    "DailyReportPhoto",
    "Delegation",
    "Draft",
    "EquipmentLine",
    "EscalationMessage",
    "Guarantee",
    "IN_FORCE",
    "IN_WORK",
    "IdempotencyKey",
    "InspectionItem",
    "InspectionPhoto",
    "InspectionRequest",
    "InspectionTemplate",
    "InspectionTemplateItem",
    "IssuedCopy",
    "IssuedDocument",
    "LOCKED",
    "Line",
    "MaterialApproval",
    "MaterialLine",
    "MaterialPhoto",
    "MaterialReceipt",
    "MessageChoice",
    "NonConformance",
    "NonConformancePhoto",
    "Notice",
    "NoticeReceipt",
    "Participant",
    "Photo",
    "PhotoLine",
    "PlannedLine",
    "Project",
    "ProjectArea",
    "ProjectBudget",
    "QualityPlan",
    "QualityPlanItem",
    "QualityTest",
    "QualityTestPhoto",
    "RECEIVABLE",
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
    "WAITING_OR_NOT_PASSED",
    "Withdrawal",
    "WorkItem",
    "WorkLine",
    "WorkforceLine",
    "required_number",
]
