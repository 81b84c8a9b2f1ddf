"""Public pages about the whole: front, register of withholding, about, help."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.urls import resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_safe

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedNarrowing
from allimi.presentation.disclosure import (
    catalogue_rates,
    items_by_ground,
    real_rate,
    register_page,
    withheld_by_catalogue,
)
from allimi.presentation.frame import Crumb, foreign_language, frame
from allimi.presentation.front import front_page
from allimi.presentation.serving import Page, public_page
from ccs.lib.publicity import public


@public
@require_safe
def choose_language(request: HttpRequest) -> HttpResponse:
    """Send a visitor of `/` to the pages in a language their browser asks for; no cookie."""
    with translation.override(_accepted_language(request.headers.get("Accept-Language", ""))):
        response = HttpResponseRedirect(reverse("allimi:front"))
    patch_vary_headers(response, ("Accept-Language",))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _accepted_language(header: str) -> str:
    for code, _weight in parse_accept_lang_header(header):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


@public_page
def front(request: HttpRequest) -> Page:
    """Show what is being built, how fresh the facts are, and what is withheld."""
    context = {
        "front": front_page(request.newest_at),
        "frame": frame(request.path, request.META.get("QUERY_STRING", ""), section="front"),
    }
    return "allimi/front.html", context


@public_page
def withheld(request: HttpRequest) -> Page:
    """Show the public register: what is closed by decision, and what the catalogue withholds."""
    now = timezone.now()
    held = Q(ended_at=None) & Q(ends_at__gt=now)
    register = register_page(PublishedNarrowing.objects.exclude(held), request.GET.get("after", ""))
    context = {
        "rates": catalogue_rates(),
        "real_rate": real_rate(),
        "grounds": items_by_ground(),
        "current": register_page(PublishedNarrowing.objects.filter(held), "", size=None).rows,
        "ended": register,
        "types": [
            {
                "kind": kind,
                "label": record_type.label_plural,
                "public_from": record_type.public_from,
                "rates": catalogue_rates(kind),
                "rows": withheld_by_catalogue(kind),
            }
            for kind, record_type in CATALOGUE.items()
        ],
        "text_language": foreign_language(),
        "frame": _frame(request, _("Register of withheld items"), "withheld"),
    }
    return "allimi/withheld.html", context


@public_page
def about(request: HttpRequest) -> Page:
    """Say where the records come from and how they may be used."""
    context = {"rates": catalogue_rates(), "frame": _frame(request, _("About"), "about")}
    return "allimi/about.html", context


@public_page
def help_page(request: HttpRequest) -> Page:
    """Explain how to find and read."""
    return "allimi/help.html", {"frame": _frame(request, _("Help"), "")}


@public_page
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer an address without a page: with the slash that it lacks, else "not found"."""
    if not request.path_info.endswith("/"):
        with_slash = f"{request.path_info}/"
        if resolve(with_slash).view_name != "allimi:nowhere":
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(with_slash + (f"?{query}" if query else ""))
    raise Http404(rest)


def _frame(request: HttpRequest, label: str, section: str) -> object:
    query = request.META.get("QUERY_STRING", "")
    return frame(request.path, query, [Crumb(label)], section)
