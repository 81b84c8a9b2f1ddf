"""Public files: photos by the SHA-256 of their public copy, and only while a record shows them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import Storage, storages
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from allimi.models import PublishedFile, PublishedRecord
from ccs.lib.publicity import public

#: No longer than a minute without asking: a withdrawn photo must be gone (design, section 5).
CACHE_CONTROL = "public, max-age=60, must-revalidate"
#: A file may be written a moment before its row is published.
GRACE = datetime.timedelta(hours=1)

_USES = """
SELECT f.sha256, CASE
    WHEN bool_or(NOT r.is_withdrawn AND position(f.sha256 IN r.body) > 0) THEN 'shown'
    WHEN bool_or(NOT r.is_withdrawn) THEN 'hidden' ELSE 'withdrawn' END
FROM allimi_publishedfile f JOIN allimi_publishedrecord r USING (public_id)
GROUP BY f.sha256
"""


def file_name(sha256: str) -> str:
    """Return the path of a public file in the public store."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}.jpg"


@public
@require_safe
def file(request: HttpRequest, sha256: str) -> HttpResponse | FileResponse:
    """Serve a file that a published record shows: 404 where none did, 410 where none does now.

    SECURITY: the rows are asked before the store, so that a file without a row is not served,
    nor one whose record was withdrawn, narrowed or published anew with another file.
    """
    naming = PublishedFile.objects.filter(sha256=sha256)
    showing = PublishedRecord.objects.filter(
        public_id__in=naming.values("public_id"), is_withdrawn=False, body__contains=sha256
    )
    etag = f'"{sha256}"'
    store, name = storages["public"], file_name(sha256)
    if not showing.exists() or not store.exists(name):
        if not naming.exists():
            return _without_file(_("There is no such file."), status=404)
        return _without_file(_("This file was taken back."), status=410)
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _with_headers(HttpResponseNotModified(), etag)
    return _with_headers(FileResponse(store.open(name), content_type="image/jpeg"), etag)


def _without_file(sentence: str, status: int) -> HttpResponse:
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _with_headers(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@dataclass(frozen=True)
class FileCounts:
    """What `reconcile_files` found: published files, missing ones, and files it deleted."""

    published: int
    missing: int
    deleted: int


def reconcile_files() -> FileCounts:
    """Compare published rows and public files both ways.

    Deletes files that only withdrawn records name, and files without a record after an hour of
    grace; counts files that a record shows and the store lacks (One-PMIS makes those anew).
    """
    store = storages["public"]
    uses = _uses()
    found, deleted = set(), 0
    for sha256, name in _stored(store):
        use = uses.get(sha256)
        if use == "shown":
            found.add(sha256)
        gone = use == "withdrawn"
        if gone or (use is None and store.get_modified_time(name) < timezone.now() - GRACE):
            store.delete(name)
            deleted += 1
    shown = {sha256 for sha256, use in uses.items() if use == "shown"}
    return FileCounts(published=len(shown), missing=len(shown - found), deleted=deleted)


def _uses() -> dict[str, str]:
    """Return by hash whether a record shows the file, hides it for now, or was withdrawn."""
    with connection.cursor() as cursor:
        cursor.execute(_USES)
        return dict(cursor.fetchall())


def _stored(store: Storage) -> Iterator[tuple[str, str]]:
    """Yield hash and path of every file in the store."""
    if not store.exists(""):
        return
    for first in store.listdir("")[0]:
        for second in store.listdir(first)[0]:
            for name in store.listdir(f"{first}/{second}")[1]:
                yield name.partition(".")[0], f"{first}/{second}/{name}"
