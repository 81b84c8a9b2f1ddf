"""Public files: photos by the SHA-256 of their public copy, and only while a record shows them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import Storage, storages
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


def file_name(sha256: str) -> str:
    """Return the path of a public file in the public store."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}.jpg"


@public
@require_safe
def file(request: HttpRequest, sha256: str) -> HttpResponse | FileResponse:
    """Serve a file that a published record shows: 404 where none did, 410 where none does now.

    SECURITY: the rows are asked before the store, so that a file without a row is not served.
    """
    published = PublishedFile.objects.filter(sha256=sha256).values("public_id")
    records = PublishedRecord.objects.filter(public_id__in=published).order_by("is_withdrawn")
    withdrawn = records.values_list("is_withdrawn", flat=True).first()
    if withdrawn is None:
        return _without_file(_("There is no such file."), status=404)
    etag = f'"{sha256}"'
    store, name = storages["public"], file_name(sha256)
    if withdrawn or not store.exists(name):
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

    Deletes files that only withdrawn records show, and files without a record after an hour of
    grace; counts files that a record shows and the store lacks (One-PMIS makes those anew).
    """
    store = storages["public"]
    named, shown = _hashes()
    found, deleted = set(), 0
    for sha256, name in _stored(store):
        if sha256 in shown:
            found.add(sha256)
        elif sha256 in named or store.get_modified_time(name) < timezone.now() - GRACE:
            store.delete(name)
            deleted += 1
    return FileCounts(published=len(shown), missing=len(shown - found), deleted=deleted)


def _hashes() -> tuple[set[str], set[str]]:
    """Return the hashes that any record names, and those that a record in force shows."""
    named = set(PublishedFile.objects.values_list("sha256", flat=True).distinct())
    in_force = PublishedRecord.objects.filter(is_withdrawn=False).values("public_id")
    rows = PublishedFile.objects.filter(public_id__in=in_force)
    return named, set(rows.values_list("sha256", flat=True).distinct())


def _stored(store: Storage) -> Iterator[tuple[str, str]]:
    """Yield hash and path of every file in the store."""
    if not store.exists(""):
        return
    for first in store.listdir("")[0]:
        for second in store.listdir(first)[0]:
            for name in store.listdir(f"{first}/{second}")[1]:
                yield name.partition(".")[0], f"{first}/{second}/{name}"
