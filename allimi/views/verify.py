"""Public pages that tell whether an issued document is genuine."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from allimi.presentation.frame import Crumb, foreign_language, frame
from allimi.presentation.serving import Page, public_page
from allimi.presentation.verifying import key_of, verification_of
from ccs.lib.codes import LENGTH, grouped


@public_page
def verify(request: HttpRequest) -> Page | HttpResponse:
    """Ask for the code of a document or the SHA-256 of its file, and lead to the answer."""
    given = request.GET.get("code", "").strip()
    if not given:
        return "allimi/verify.html", _context(request)
    key = key_of(given)
    if key is None:
        context = _context(request) | {"given": given[:200], "is_mistyped": True, "status": 400}
        return _unkept(request, context)
    return _without_copies(HttpResponseRedirect(reverse("allimi:verified", args=[_shown(key)])))


@public_page
def verified(request: HttpRequest, code: str) -> HttpResponse:
    """Say what is known of a document: genuine, which version, newer or withdrawn."""
    key = key_of(code)
    context = _context(request) | {"given": code[:200], "text_language": foreign_language()}
    if key is None:
        return _unkept(request, context | {"is_mistyped": True, "status": 404})
    if code != _shown(key):
        address = reverse("allimi:verified", args=[_shown(key)])
        return _without_copies(HttpResponseRedirect(address))
    found = verification_of(key)
    status = 200 if found else 404
    return _unkept(request, context | {"found": found, "key": _shown(key), "status": status})


def _context(request: HttpRequest) -> dict[str, object]:
    query = request.META.get("QUERY_STRING", "")
    crumbs = [Crumb(_("Verify a document"))]
    return {"frame": frame(request.path, query, crumbs), "action": reverse("allimi:verify")}


def _shown(key: str) -> str:
    return grouped(key) if len(key) == LENGTH else key


def _unkept(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """Answer without a copy on the way: an unknown code may be known in a second."""
    body = render_to_string("allimi/verify.html", context)
    return _without_copies(HttpResponse(body, status=context["status"]))


def _without_copies(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    # Codes are for those who hold the paper, not for search engines.
    response.headers["X-Robots-Tag"] = "noindex"
    return response
