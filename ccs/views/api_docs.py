"""The description of the API (OpenAPI 3) and a page that shows it, without outside requests."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from ccs.lib.publicity import public

RENDERERS = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}
CACHE_CONTROL = "public, max-age=300"


@public
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI description, as JSON or with `?format=yaml` as YAML."""
    form = "yaml" if request.GET.get("format") == "yaml" else "json"
    response = HttpResponse(_schema(form), content_type=f"application/vnd.oai.openapi+{form}")
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@cache
def _schema(form: str) -> bytes:
    """Return the description; it changes with the release only."""
    document = SchemaGenerator(api_version="v1").get_schema(request=None, public=True)
    return RENDERERS[form]().render(document, renderer_context={})


@public
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Lead a reader of `/api/v1/` to its description."""
    response = HttpResponseRedirect(reverse("api-docs"))
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


@public
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description as a page."""
    response = render(request, "api_docs.html")
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response
