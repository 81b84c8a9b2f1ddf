"""Back office of One-PMIS. Statuses change by the workflow's steps, through the services.

The administration mends master data (descriptions, approval lines); what people on a project
write is looked at here and changed on their own pages.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.administration import STEP_LABELS, Lines, ReadOnlyLines, ReadOnlyTable, Steps, Table
from ccs.lib.extensions import announce_change
from pmis import admin_retention  # noqa: F401 (registers its tables)
from pmis.models import (
    Approval,
    ApprovalEvent,
    ApprovalStep,
    BillItem,
    CatchUpMeasure,
    CatchUpPlan,
    Contract,
    ContractAmendment,
    ContractParty,
    DailyReport,
    DailyReportPhoto,
    Delegation,
    DocumentClass,
    Draft,
    EquipmentLine,
    Guarantee,
    IdempotencyKey,
    InspectionItem,
    InspectionRequest,
    InspectionTemplate,
    InspectionTemplateItem,
    MaterialApproval,
    MaterialLine,
    MaterialReceipt,
    Milestone,
    NonConformance,
    Participant,
    Photo,
    PlannedLine,
    Project,
    ProjectArea,
    ProjectBudget,
    QualityPlan,
    QualityPlanItem,
    QualityTest,
    Schedule,
    ScreenRelease,
    SiteDay,
    Subcontract,
    Visitor,
    Withdrawal,
    WorkforceLine,
    WorkGroup,
    WorkItem,
    WorkLine,
)
from pmis.services.approvals import perform
from pmis.services.withdrawals import lift_withdrawal
from pmis.workflows.projects import CONTRACT, PROJECT, SUBCONTRACT
from pmis.workflows.quality import (
    INSPECTION_REQUEST,
    MATERIAL_APPROVAL,
    NON_CONFORMANCE,
    QUALITY_PLAN,
    QUALITY_TEST,
)
from pmis.workflows.reports import DAILY_REPORT, SCHEDULE
from pmis.workflows.schedules import CATCH_UP_PLAN


def lines_of(model: type[models.Model], **options: Any) -> type[ReadOnlyLines]:
    """Return the lines of `model` as something to look at."""
    return type(f"{model.__name__}Lines", (ReadOnlyLines,), {"model": model, **options})


class WorkflowTable(Steps, Table):
    """A table whose status changes by steps."""

    perform = staticmethod(perform)
    step_labels = STEP_LABELS


@admin.register(Project)
class ProjectTable(WorkflowTable):
    """Projects. The first promise (dates, cost) and the place are not rewritten here."""

    workflow = PROJECT
    list_display = ("code", "name", "state", "work_type", "ordering_body", "location_check")
    list_filter = ("state", "work_type", "mode", "location_check", "is_invented")
    list_select_related = ("ordering_body",)
    search_fields = ("code", "name", "name_en", "procurement_number", "=public_id")
    autocomplete_fields = ("ordering_body", "aerial_view", "location_map")
    ordering = ("-id",)
    inlines = (
        lines_of(ProjectArea, raw_id_fields=("area",)),
        lines_of(ProjectBudget),
        lines_of(Participant, fields=("role", "name", "organization", "valid_from", "valid_to")),
    )
    #: What may be mended without anybody's decision.
    mendable = frozenset(
        {
            "procurement_number",
            "name_en",
            "description",
            "purpose",
            "managing_department",
            "site_address",
            "aerial_view",
            "location_map",
            "internal_risk_rating",
            "on_watch_list",
        }
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> list[str]:
        """Return everything but what may be mended."""
        fields = [field.name for field in self.model._meta.fields if field.name != "id"]
        return [name for name in fields if name not in self.mendable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: officers enter projects on their own page, with its checks."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save what was mended and wake the publisher."""
        obj.save(update_fields=[*form.changed_data, "updated_at"])
        announce_change()


class Entered(WorkflowTable):
    """Records that are entered on the pages of their project and looked at here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: they are entered on the pages of their project."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return every field."""
        return [field.name for field in self.model._meta.fields if field.name != "id"]


@admin.register(Contract)
class ContractTable(Entered):
    """Contracts."""

    workflow = CONTRACT
    list_display = ("number", "title", "state", "kind", "project", "contractor", "signed_date")
    list_filter = ("state", "kind", "procurement_method")
    list_select_related = ("project", "contractor")
    search_fields = ("number", "title", "contractor__name", "project__name", "=public_id")
    inlines = (
        lines_of(ContractParty),
        lines_of(ContractAmendment),
        lines_of(Guarantee),
        lines_of(BillItem),
    )


@admin.register(Subcontract)
class SubcontractTable(Entered):
    """Subcontracts."""

    workflow = SUBCONTRACT
    list_display = ("subcontractor", "work_scope", "state", "contract", "contract_date")
    list_filter = ("state",)
    list_select_related = ("subcontractor", "contract")
    search_fields = ("subcontractor__name", "work_scope", "contract__number", "=public_id")


@admin.register(Schedule)
class ScheduleTable(Entered):
    """Schedules."""

    workflow = SCHEDULE
    list_display = ("project", "version_no", "state", "as_of_date", "author", "approved_at")
    list_filter = ("state",)
    list_select_related = ("project", "author")
    search_fields = ("project__name", "project__code", "=public_id")
    inlines = (
        lines_of(Milestone),
        lines_of(SiteDay),
        lines_of(WorkGroup),
        lines_of(WorkItem, exclude=("resource_loading",)),
    )


@admin.register(CatchUpPlan)
class CatchUpPlanTable(Entered):
    """Catch-up plans."""

    workflow = CATCH_UP_PLAN
    list_display = ("project", "demanded_date", "version_no", "state", "due_date", "author")
    list_filter = ("state",)
    list_select_related = ("project", "author")
    search_fields = ("project__name", "project__code", "=public_id")
    inlines = (lines_of(CatchUpMeasure),)


@admin.register(DailyReport)
class DailyReportTable(Entered):
    """Daily reports."""

    workflow = DAILY_REPORT
    list_display = ("project", "date", "number", "version_no", "state", "author", "is_late")
    list_filter = ("state", "is_late", "approved_by_timeout")
    list_select_related = ("project", "author")
    search_fields = ("project__name", "project__code", "=public_id")
    date_hierarchy = "date"
    inlines = tuple(
        lines_of(model)
        for model in (
            WorkLine,
            PlannedLine,
            WorkforceLine,
            EquipmentLine,
            MaterialLine,
            Visitor,
            DailyReportPhoto,
        )
    )


@admin.register(Participant)
class ParticipantTable(Table):
    """Who does what in a project. A replacement ends the old row on the project's own page."""

    list_display = ("name", "role", "project", "organization", "valid_from", "valid_to")
    list_filter = ("role",)
    list_select_related = ("project", "organization")
    search_fields = ("name", "user__name", "organization__name", "project__name", "project__code")
    autocomplete_fields = ("project", "organization", "user")
    raw_id_fields = ("replaces",)
    readonly_fields = ("public_id", "replaces")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save and wake the publisher: the directory of a site is public."""
        super().save_model(request, obj, form, change)
        announce_change()


@admin.register(Delegation)
class DelegationTable(Table):
    """Who acts for whom during an absence."""

    list_display = ("participant", "delegate", "valid_from", "valid_to", "reason")
    list_select_related = ("participant__organization", "delegate")
    search_fields = ("participant__name", "delegate__name", "reason")
    autocomplete_fields = ("participant", "delegate")
    date_hierarchy = "valid_from"


@admin.register(Photo)
class PhotoTable(ReadOnlyTable):
    """Photos; checked on their own page."""

    list_display = ("caption", "project", "state", "uploader", "uploaded_at", "checked_by")
    list_filter = ("state", "category")
    list_select_related = ("project", "uploader", "checked_by")
    search_fields = ("caption", "project__name", "project__code", "=public_id", "=public_sha256")
    date_hierarchy = "uploaded_at"
    exclude = ("original",)


@admin.register(InspectionRequest)
class InspectionRequestTable(Entered):
    """Inspection requests."""

    workflow = INSPECTION_REQUEST
    list_display = ("activity", "number", "state", "project", "kind", "inspection_date")
    list_filter = ("state", "kind")
    list_select_related = ("project",)
    search_fields = ("activity", "location", "project__name", "project__code", "=public_id")
    inlines = (lines_of(InspectionItem),)


@admin.register(MaterialApproval)
class MaterialApprovalTable(Entered):
    """Material approvals."""

    workflow = MATERIAL_APPROVAL
    list_display = ("item", "standard", "number", "state", "project", "manufacturer", "supplier")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("item", "manufacturer", "supplier", "project__name", "=public_id")
    inlines = (lines_of(MaterialReceipt),)


@admin.register(QualityPlan)
class QualityPlanTable(Entered):
    """Plans of tests."""

    workflow = QUALITY_PLAN
    list_display = ("project", "version_no", "state", "as_of_date")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("project__name", "project__code", "=public_id")
    inlines = (lines_of(QualityPlanItem),)


@admin.register(QualityTest)
class QualityTestTable(Entered):
    """Quality tests."""

    workflow = QUALITY_TEST
    list_display = ("item", "number", "state", "project", "test_date", "laboratory")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("item", "laboratory", "project__name", "project__code", "=public_id")


@admin.register(NonConformance)
class NonConformanceTable(Entered):
    """Non-conformance reports."""

    workflow = NON_CONFORMANCE
    list_display = ("title", "number", "state", "project", "found_date", "rectify_by_date")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("title", "project__name", "project__code", "=public_id")


class TemplateItems(Lines):
    """The points of a checklist."""

    model = InspectionTemplateItem
    can_delete = True


@admin.register(InspectionTemplate)
class InspectionTemplateTable(Table):
    """Checklists of inspections; a request copies the points, so a change touches no request."""

    list_display = ("work_type", "division", "is_active", "order")
    list_filter = ("division", "is_active")
    search_fields = ("work_type", "division", "items__item")
    readonly_fields = ("public_id",)
    inlines = (TemplateItems,)


@admin.register(DocumentClass)
class DocumentClassTable(Table):
    """The class tree of documents, and which of them every project must have."""

    list_display = ("code", "stage", "subject", "name", "is_demanded", "owed_by", "is_active")
    list_filter = ("stage", "subject", "is_demanded", "is_active")
    search_fields = ("code", "name", "name_en")
    readonly_fields = ("public_id",)


@admin.register(ApprovalStep)
class ApprovalStepTable(Table):
    """Approval lines by ordering body; without rows the line of the workflow holds."""

    list_display = ("ordering_body", "record_type", "order", "action", "role", "mode", "quorum")
    list_filter = ("record_type", "mode")
    list_select_related = ("ordering_body",)
    search_fields = ("ordering_body__name", "record_type")
    autocomplete_fields = ("ordering_body",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether a step may be taken out; approvals under way keep the line they had."""
        return request.user.has_perm("pmis.delete_approvalstep")


class EventLines(ReadOnlyLines):
    """The steps that an approval took."""

    model = ApprovalEvent
    fields = ("at", "action", "from_state", "to_state", "by", "on_behalf_of", "role", "comment")


@admin.register(Approval)
class ApprovalTable(ReadOnlyTable):
    """Approvals and their way."""

    list_display = ("title", "record_type", "state", "current_role", "drafter", "submitted_at")
    list_filter = ("state", "record_type", "current_role", "is_by_timeout", "is_delegated")
    list_select_related = ("drafter",)
    search_fields = ("title", "drafter__name", "=record_public_id", "=public_id")
    date_hierarchy = "submitted_at"
    inlines = (EventLines,)


@admin.register(ApprovalEvent)
class ApprovalEventTable(ReadOnlyTable):
    """The log of all steps; append-only in the database."""

    list_display = ("at", "action", "record_type", "from_state", "to_state", "by", "role")
    list_filter = ("record_type", "action", "role")
    list_select_related = ("by",)
    search_fields = ("by__name", "comment", "=record_public_id")
    date_hierarchy = "at"
    ordering = ("-id",)


@admin.register(Withdrawal)
class WithdrawalTable(ReadOnlyTable):
    """Published records taken back; lifted here, made on the page of the record."""

    list_display = ("record_type", "record_public_id", "ground", "by", "at", "lifted_at")
    list_filter = ("record_type", "ground")
    list_select_related = ("by",)
    search_fields = ("=record_public_id", "reason")
    actions = ("lift",)

    @admin.action(description=gettext_lazy("Lift: public again"), permissions=["lift"])
    def lift(self, request: HttpRequest, withdrawals: QuerySet[Withdrawal]) -> None:
        """End the chosen withdrawals."""
        self.refuse_or(
            request,
            withdrawals,
            lambda withdrawal: lift_withdrawal(withdrawal=withdrawal, by=request.user),
            _("%(count)d done."),
        )

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may lift withdrawals."""
        return request.user.has_perm("pmis.change_withdrawal")


@admin.register(ScreenRelease)
class ScreenReleaseTable(ReadOnlyTable):
    """Texts that the screen for personal data held and an officer released."""

    list_display = ("record_type", "item", "record_public_id", "by", "at")
    list_filter = ("record_type",)
    list_select_related = ("by",)
    search_fields = ("=record_public_id", "reason")


@admin.register(Draft)
class DraftTable(ReadOnlyTable):
    """Autosaved forms: that they exist, not what their authors have written so far."""

    list_display = ("record_type", "key", "project", "author", "saved_at")
    list_filter = ("record_type",)
    list_select_related = ("project", "author")
    search_fields = ("author__name", "project__name")
    exclude = ("fields",)


@admin.register(IdempotencyKey)
class IdempotencyKeyTable(ReadOnlyTable):
    """Requests that programs may repeat."""

    list_display = ("key", "actor", "status", "created_at")
    list_select_related = ("actor",)
    search_fields = ("=key", "actor__name")
    ordering = ("-id",)
    exclude = ("answer",)
