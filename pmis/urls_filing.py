"""Addresses of files and folders, below `/pmis/` in the namespace `pmis`."""

from django.urls import path

from pmis.views import access_log, filing

PROJECT = "projects/<uuid:project_id>/"

urlpatterns = [
    path("files/<uuid:public_id>/", filing.StoredFileView.as_view(), name="stored-file"),
    path("access-log/", access_log.AccessLogView.as_view(), name="access-log"),
    path(f"{PROJECT}folders/", filing.FilingView.as_view(), name="filing"),
    path(f"{PROJECT}hand-over/", filing.HandOverView.as_view(), name="hand-over"),
    path(f"{PROJECT}hand-over/package.zip", filing.PackageView.as_view(), name="hand-over-package"),
]
