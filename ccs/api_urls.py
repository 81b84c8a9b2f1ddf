"""Addresses below `/api/v1/`: what everyone may read, and what people do when signed in."""

from django.urls import include, path

from ccs.views.api_docs import docs, root, schema

urlpatterns = [
    path("", root, name="api-root"),
    path("schema/", schema, name="api-schema"),
    path("docs/", docs, name="api-docs"),
    path("pmis/", include("pmis.api.urls")),
    path("", include("allimi.api.urls")),
]
