"""Addresses: `/ko/…` and `/en/…` for the public; `/pmis/`, `/admin/` in the account's language."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path, re_path

from allimi.files import file
from allimi.views.public import choose_language
from ccs.health import healthz, readyz

urlpatterns = [
    path("", choose_language, name="choose-language"),
    re_path(r"^files/(?P<sha256>[0-9a-f]{64})\.jpg$", file, name="file"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("pmis/", include("pmis.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("ccs.api_urls")),
    path("accounts/", include("ccs.auth.urls")),
    path("accounts/", include("allauth.urls")),
]
urlpatterns += i18n_patterns(path("", include("allimi.urls")))
