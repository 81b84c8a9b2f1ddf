"""Addresses of the public API below `/api/v1/`."""

from django.urls import path

from allimi.api import views

urlpatterns = [
    path("areas/", views.AreasView.as_view(), name="api-areas"),
    path("areas/<str:code>/", views.AreaView.as_view(), name="api-area"),
    path("projects/", views.ProjectsView.as_view(), name="api-projects"),
    path("projects/<uuid:public_id>/", views.ProjectView.as_view(), name="api-project"),
    path("records/", views.RecordsView.as_view(), name="api-records"),
    path("records/types/", views.RecordTypesView.as_view(), name="api-record-types"),
    path("records/<uuid:public_id>/", views.RecordView.as_view(), name="api-record"),
    path("records/<uuid:public_id>/versions/", views.VersionsView.as_view(), name="api-versions"),
]
