"""Addresses of the public pages, below the language: `/ko/…`, `/en/…`."""

from django.urls import path

from allimi.views import places, public, records, verify

app_name = "allimi"
urlpatterns = [
    path("", public.front, name="front"),
    path("areas/<str:code>/", places.area, name="area"),
    path("projects/", places.projects, name="projects"),
    path("near/", places.near, name="near"),
    path("projects/<uuid:public_id>/", records.project, name="project"),
    path("projects/<uuid:public_id>/reports/", records.reports, name="reports"),
    path("projects/<uuid:public_id>/records/", records.kinds, name="kinds"),
    path(
        "projects/<uuid:public_id>/records/<slug:kind>/",
        records.records_of_kind,
        name="records-of-kind",
    ),
    path("projects/<uuid:public_id>/photos/", records.photos, name="photos"),
    path("reports/<uuid:public_id>/", records.report, name="report"),
    path(
        "reports/<uuid:public_id>/versions/<int:number>/",
        records.report_version,
        name="report-version",
    ),
    path("records/<uuid:public_id>/", records.record, name="record"),
    path(
        "records/<uuid:public_id>/versions/<int:number>/",
        records.record_version,
        name="record-version",
    ),
    path("verify/", verify.verify, name="verify"),
    path("verify/<str:code>/", verify.verified, name="verified"),
    path("withheld/", public.withheld, name="withheld"),
    path("about/", public.about, name="about"),
    path("help/", public.help_page, name="help"),
    # Last: what leads nowhere below a language is answered as a public page, without a session.
    path("<path:rest>", public.nowhere, name="nowhere"),
]
