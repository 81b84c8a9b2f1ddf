"""Addresses of One-PMIS below `/pmis/`, in the order of the menu.

Every record type of the registry gets the same addresses: `/pmis/daily-reports/…`,
`pmis:daily-report-approve`.
"""

from __future__ import annotations

from django.urls import URLPattern, include, path

from pmis.records import RecordType, types
from pmis.services.records import action_names
from pmis.views import (
    action_items,
    contracts,
    firms,
    my_day,
    offline,
    participants,
    project_registers,
    projects,
    safety,
    schedules,
    steps,
    subcontracts,
)
from pmis.views import records as generic
from pmis.views.printing import RecordPdfView
from pmis.views.stages import StagesView
from pmis.views.writing import RecordBeginView, RecordDraftView, RecordWriteView

app_name = "pmis"


def record_urls(entry: RecordType) -> list[URLPattern]:
    """Return the addresses of one record type."""
    one = f"{entry.slug}/<uuid:public_id>/"
    of_project = f"projects/<uuid:project_id>/{entry.slug}/"
    pages = [
        (f"{entry.slug}/", generic.RecordListView, "list"),
        (of_project, generic.RecordListView, "of-project"),
        (f"{of_project}write/", RecordBeginView, "begin"),
        (f"{of_project}write/<str:key>/", RecordWriteView, "write"),
        (f"{of_project}write/<str:key>/draft/", RecordDraftView, "draft"),
        (one, generic.RecordDetailView, "detail"),
        (f"{one}versions/<int:version_no>/", generic.RecordDetailView, "version"),
        (f"{one}check/", generic.RecordCheckView, "check"),
        (f"{one}print/", generic.RecordPrintView, "print"),
        (f"{one}pdf/", RecordPdfView, "pdf"),
        (f"{one}versions/<int:version_no>/pdf/", RecordPdfView, "version-pdf"),
        (f"{one}correct/", steps.RecordCorrectView, "correct"),
        (f"{one}discard/", steps.RecordDiscardView, "discard"),
        (f"{one}withdraw/", steps.RecordWithdrawView, "withdraw"),
        (f"{one}release/", steps.RecordReleaseView, "release"),
    ]
    found = [
        path(address, view.as_view(type=entry), name=f"{entry.name}-{name}")
        for address, view, name in pages
    ]
    for action in action_names(entry.record_type):
        view = steps.RecordTransitionView.as_view(type=entry, action=action)
        found.append(path(f"{one}{action}/", view, name=f"{entry.name}-{action}"))
    return found


PROJECT = "projects/<uuid:project_id>/"
CONTRACT = f"{PROJECT}contracts/<uuid:public_id>/"
PARTICIPANT = f"{PROJECT}participants/<uuid:public_id>/"

urlpatterns = [
    path("", my_day.MyDayView.as_view(), name="my-day"),
    path("approvals/", my_day.ApprovalsView.as_view(), name="approvals"),
    path("", include("pmis.urls_around")),
    path("photos/", include("pmis.urls_photos")),
    path("", include("pmis.urls_filing")),
    path("sw.js", offline.worker, name="offline-worker"),
    path("manifest.webmanifest", offline.manifest, name="offline-manifest"),
    path("offline/", offline.OutboxView.as_view(), name="offline"),
    path(
        "offline/received/<uuid:client_id>/",
        offline.ReceivedView.as_view(),
        name="offline-received",
    ),
    path(f"offline/{PROJECT}<slug:slug>/", offline.OfflineFormView.as_view(), name="offline-form"),
    path("projects/", projects.ProjectListView.as_view(), name="project-list"),
    path("projects/new/", projects.ProjectEnterView.as_view(), name="project-enter"),
    path(PROJECT, projects.ProjectDetailView.as_view(), name="project-detail"),
    path(f"{PROJECT}edit/", projects.ProjectEditView.as_view(), name="project-edit"),
    path(f"{PROJECT}mode/", projects.ProjectModeView.as_view(), name="project-mode"),
    path(f"{PROJECT}action-items/", action_items.ActionItemsView.as_view(), name="action-items"),
    path(f"{PROJECT}stages/", StagesView.as_view(), name="project-stages"),
    path(
        f"{PROJECT}registers/", project_registers.RegistersView.as_view(), name="project-registers"
    ),
    path(f"{PROJECT}progress/", schedules.ProjectScheduleView.as_view(), name="project-schedule"),
    path(
        f"{PROJECT}progress/csv/", schedules.PlanExportView.as_view(), name="project-schedule-csv"
    ),
    path(
        f"{PROJECT}progress/import/",
        schedules.PlanImportView.as_view(),
        name="project-schedule-import",
    ),
    path(f"{PROJECT}safety/", safety.ProjectSafetyView.as_view(), name="project-safety"),
    path(f"{PROJECT}history/", projects.ProjectHistoryView.as_view(), name="project-history"),
    path(
        f"{PROJECT}steps/<slug:action>/",
        projects.ProjectTransitionView.as_view(),
        name="project-step",
    ),
    path(
        f"{PROJECT}participants/",
        participants.ParticipantListView.as_view(),
        name="participant-list",
    ),
    path(
        f"{PROJECT}participants/new/",
        participants.ParticipantAddView.as_view(),
        name="participant-add",
    ),
    path(
        f"{PARTICIPANT}replace/",
        participants.ParticipantReplaceView.as_view(),
        name="participant-replace",
    ),
    path(f"{PARTICIPANT}end/", participants.ParticipantEndView.as_view(), name="participant-end"),
    path(
        f"{PARTICIPANT}delegate/",
        participants.DelegationAddView.as_view(),
        name="participant-delegate",
    ),
    path(
        f"{PROJECT}delegations/<int:number>/end/",
        participants.DelegationEndView.as_view(),
        name="delegation-end",
    ),
    path(f"{PROJECT}contracts/", contracts.ContractListView.as_view(), name="contract-list"),
    path(f"{PROJECT}contracts/new/", contracts.ContractEnterView.as_view(), name="contract-enter"),
    path(CONTRACT, contracts.ContractDetailView.as_view(), name="contract-detail"),
    path(f"{CONTRACT}edit/", contracts.ContractEditView.as_view(), name="contract-edit"),
    path(f"{CONTRACT}sign/", contracts.ContractSignView.as_view(), name="contract-sign"),
    path(f"{CONTRACT}amend/", contracts.AmendmentAddView.as_view(), name="contract-amend"),
    path(f"{CONTRACT}guarantees/new/", contracts.GuaranteeAddView.as_view(), name="guarantee-add"),
    path(
        f"{CONTRACT}subcontracts/new/",
        subcontracts.SubcontractEnterView.as_view(),
        name="subcontract-enter",
    ),
    path(
        f"{CONTRACT}steps/<slug:action>/",
        contracts.ContractTransitionView.as_view(),
        name="contract-step",
    ),
    path(
        f"{PROJECT}subcontracts/<uuid:public_id>/",
        subcontracts.SubcontractDetailView.as_view(),
        name="subcontract-detail",
    ),
    path(
        f"{PROJECT}subcontracts/<uuid:public_id>/edit/",
        subcontracts.SubcontractEditView.as_view(),
        name="subcontract-edit",
    ),
    path(
        f"{PROJECT}subcontracts/<uuid:public_id>/review/",
        subcontracts.SubcontractReviewView.as_view(),
        name="subcontract-review",
    ),
    path("firms/<uuid:public_id>/", firms.FirmDetailView.as_view(), name="firm-detail"),
    *(pattern for entry in types() for pattern in record_urls(entry)),
]
