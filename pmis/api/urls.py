"""Addresses of the API for signed-in people below `/api/v1/pmis/`."""

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_view

from pmis.api import offline, records, views
from pmis.workflows.reports import DAILY_REPORT

urlpatterns = [
    path("projects/", views.ProjectsView.as_view(), name="api-pmis-projects"),
    path("projects/<uuid:public_id>/", views.ProjectView.as_view(), name="api-pmis-project"),
    path("offline/", offline.OfflineKitView.as_view(), name="api-pmis-offline"),
    path("offline/drafts/", offline.DraftsView.as_view(), name="api-pmis-offline-drafts"),
    path("offline/photos/", offline.PhotosView.as_view(), name="api-pmis-offline-photos"),
    path("daily-reports/", views.DailyReportsView.as_view(), name="api-pmis-daily-reports"),
    path(
        "daily-reports/<uuid:public_id>/",
        views.DailyReportView.as_view(),
        name="api-pmis-daily-report",
    ),
    path(
        "daily-reports/<uuid:public_id>/correct/",
        views.CorrectView.as_view(),
        name="api-pmis-daily-report-correct",
    ),
    path(
        "daily-reports/<uuid:public_id>/photos/",
        views.ReportPhotosView.as_view(),
        name="api-pmis-daily-report-photos",
    ),
]
for action in dict.fromkeys(row.action for row in DAILY_REPORT):
    described = extend_schema_view(
        post=extend_schema(operation_id=f"pmis_daily_reports_{action}"),
    )
    view = described(type(f"{action.title()}View", (views.ActionView,), {"action": action}))
    urlpatterns.append(
        path(
            f"daily-reports/<uuid:public_id>/{action}/",
            view.as_view(),
            name=f"api-pmis-daily-report-{action}",
        )
    )
urlpatterns += records.urlpatterns
