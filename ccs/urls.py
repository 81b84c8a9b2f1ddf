"""Addresses: `/ko/…` and `/en/…` for the public; `/pmis/`, `/admin/` in the account's language."""

from django.contrib import admin
from django.urls import include, path

from ccs.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
]
