"""How a public page is answered: ETag, conditional requests, the page memory, errors.

A page depends on its address, its language, the publication version, the release and the day
(elapsed days are counted when shown). These are its strong ETag, so a reader who has the newest
page is answered with one query and no body. The pages of a record show what belongs to its project
and what belongs to none: their version counts only that, and a publication elsewhere leaves them.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from allimi.models import PublicationState
from allimi.presentation import cache
from allimi.presentation.frame import frame
from allimi.presentation.release import release
from ccs.lib.publicity import public

Page = tuple[str, dict[str, Any]]
PageView = Callable[..., "Page | HttpResponse"]

#: Scope of `PublicationState` that counts every publication.
WHOLE_PORTAL = UUID(int=0)
#: Scope of `PublicationState` that counts what belongs to no project, such as organizations.
NO_PROJECT = UUID(int=1)
NEWEST = "SELECT version::text, published_at FROM allimi_publicationstate WHERE scope = %s"
NEWEST_OF_RECORD = """
SELECT string_agg(version::text, '.' ORDER BY scope), max(published_at) FROM allimi_publicationstate
WHERE scope = ANY(ARRAY[%s::uuid,
    (SELECT project_public_id FROM allimi_publishedrecord WHERE public_id = %s)])
"""
#: A shared cache may answer a second without asking; a browser asks every time.
CACHE_CONTROL = "public, max-age=0, s-maxage=1, must-revalidate"
#: Longer query strings are answered but not kept: nobody shares them.
LONGEST_KEPT_QUERY = 300
#: Two thirds of the time of level 6, for three in a hundred more bytes.
COMPRESSION_LEVEL = 4


@dataclass(frozen=True)
class Newest:
    """The newest publication: its number (numbers, where several are counted) and its time."""

    version: str = "0"
    at: datetime | None = None


def newest_publication(public_id: UUID | None = None) -> Newest:
    """Return what was last published, of all or of what a record's pages may show.

    One query by primary key. It is the first of every public request, so it stands for the check
    of the connection: where that was lost (the database was restarted) it is asked once more.
    """
    connection = connections[router.db_for_read(PublicationState) or "default"]
    connection.health_check_done = True
    try:
        return _newest(connection, public_id)
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _newest(connection, public_id)


def _newest(connection: BaseDatabaseWrapper, public_id: UUID | None) -> Newest:
    # Asked by every request, so without the query compiler: it costs twice what the answer does.
    with connection.cursor() as cursor:
        if public_id is None:
            cursor.execute(NEWEST, [WHOLE_PORTAL])
        else:
            cursor.execute(NEWEST_OF_RECORD, [NO_PROJECT, public_id])
        found = cursor.fetchone()
    return Newest(*found) if found and found[0] else Newest()


def public_page(view: PageView) -> Callable[..., HttpResponse]:
    """Serve `view`, which returns a template's name and its context, to everyone.

    The view finds the time of the newest publication as `request.newest_at`. `Http404` becomes the
    public page "not found"; a ready `HttpResponse` (a redirection, a file) is passed on as it is.
    """

    @require_safe
    @wraps(view)
    def served(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        newest = newest_publication(kwargs.get("public_id"))
        tag = _tag(request, newest.version)
        if f'"{tag}"' in request.headers.get("If-None-Match", ""):
            return _with_headers(HttpResponse(status=304), tag)
        key = (request.path, request.META.get("QUERY_STRING", ""), tag.removesuffix("-gz"))
        kept = cache.pages.get(key)
        if kept is None:
            request.newest_at = newest.at
            answer = _render(request, view, args, kwargs)
            if isinstance(answer, HttpResponse):
                return answer
            kept = answer
            if kept.status == 200 and len(key[1]) <= LONGEST_KEPT_QUERY:
                cache.pages.put(key, kept)
        return _answer(kept, tag)

    return public(served)


def _tag(request: HttpRequest, version: str) -> str:
    """Return the value of the strong ETag, without its quotation marks.

    The compressed page is another representation, and has a tag of its own.
    """
    compressed = "-gz" if "gzip" in request.headers.get("Accept-Encoding", "") else ""
    day = timezone.localdate().toordinal()
    return f"{version}-{day}-{release()}-{get_language()}{compressed}"


def _render(
    request: HttpRequest, view: PageView, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> cache.KeptPage | HttpResponse:
    try:
        result = view(request, *args, **kwargs)
    except Http404 as missing:
        result = ("allimi/not_found.html", {"reason": str(missing), "status": 404})
    if isinstance(result, HttpResponse):
        return result
    template, context = result
    if "frame" not in context:
        context["frame"] = frame(request.path, request.META.get("QUERY_STRING", ""))
    body = render_to_string(template, context).encode()
    return cache.KeptPage(
        status=context.get("status", 200),
        body=body,
        compressed=gzip.compress(body, COMPRESSION_LEVEL, mtime=0),
    )


def _answer(kept: cache.KeptPage, tag: str) -> HttpResponse:
    if tag.endswith("-gz"):
        response = HttpResponse(kept.compressed, status=kept.status)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(kept.body, status=kept.status)
    return _with_headers(response, tag if kept.status == 200 else "")


def _with_headers(response: HttpResponse, tag: str) -> HttpResponse:
    if tag:
        response.headers["ETag"] = f'"{tag}"'
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Content-Language"] = get_language() or ""
    patch_vary_headers(response, ("Accept-Encoding",))
    return response
