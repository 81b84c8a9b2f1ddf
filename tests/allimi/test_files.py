"""Public files: served by hash, only while a record shows them."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from allimi import files
from allimi.models import Narrowing, PublishedFile, PublishedRecord
from allimi.publication import publish_pending
from pmis.models import Photo, Withdrawal
from tests.allimi.conftest import Site

CONTENT = b"\xff\xd8\xff picture"
SHA = "ab" * 32
SMALL = "cd" * 32


@pytest.fixture(autouse=True)
def _stores(settings: Any, tmp_path: Path) -> None:
    public = {**settings.STORAGES["public"], "OPTIONS": {"location": tmp_path / "public"}}
    settings.STORAGES = {**settings.STORAGES, "public": public}


@pytest.fixture
def photo(site: Site) -> Photo:
    """Return a released photo, published with its two files."""
    photo = Photo.objects.create(
        project=site.project,
        uploader=site.agent,
        state="checked",
        checked_by=site.supervisor,
        checked_at=timezone.now(),
        public_sha256=SHA,
        thumbnail_sha256=SMALL,
        caption="Pier 3",
    )
    for sha256 in (SHA, SMALL):
        storages["public"].save(files.file_name(sha256), ContentFile(CONTENT))
    publish_pending()
    return photo


@pytest.fixture
def get() -> Callable[..., HttpResponse]:
    def ask(sha256: str, **headers: str) -> HttpResponse:
        return files.file(RequestFactory().get(f"/files/{sha256}.jpg", headers=headers), sha256)

    return ask


def test_a_published_file_is_served_with_safe_headers(photo, get):
    response = get(SHA)
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == CONTENT
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "public, max-age=60, must-revalidate"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["ETag"] == f'"{SHA}"'


def test_a_reader_who_has_the_file_is_told_so(photo, get):
    response = get(SHA, if_none_match=f'"{SHA}"')
    assert (response.status_code, response.content) == (304, b"")


def test_a_file_without_a_published_record_is_not_served(photo, get):
    other = "ef" * 32
    storages["public"].save(files.file_name(other), ContentFile(CONTENT))
    assert get(other).status_code == 404


def test_a_withdrawn_photo_is_gone_also_for_those_who_have_it(photo, get, site):
    Withdrawal.objects.create(
        record_type="photo",
        record_public_id=photo.public_id,
        ground="G6",
        reason="A child is seen.",
        role="officer",
        by=site.officer,
    )
    publish_pending()
    for sha256 in (SHA, SMALL):
        response = get(sha256, if_none_match=f'"{sha256}"')
        assert response.status_code == 410
        assert response.headers["Cache-Control"] == "no-store"
    assert files.reconcile_files() == files.FileCounts(published=0, missing=0, deleted=2)


def test_the_moment_the_file_is_deleted_it_is_gone_before_any_row_says_so(photo, get):
    storages["public"].delete(files.file_name(SHA))
    assert get(SHA).status_code == 410


def test_a_narrowed_picture_is_not_served_and_comes_back_when_the_narrowing_ends(photo, get, site):
    narrowing = Narrowing.objects.create(
        record_type="photo",
        public_id=photo.public_id,
        item="image",
        ground="G4",
        reason="An investigation is going on.",
        decided_by=site.officer,
        starts_at=timezone.now() - datetime.timedelta(days=1),
        ends_at=timezone.now() + datetime.timedelta(days=1),
    )
    publish_pending()
    assert get(SHA).status_code == 410
    assert files.reconcile_files().deleted == 0
    narrowing.ended_at = timezone.now()
    narrowing.save()
    publish_pending()
    assert get(SHA).status_code == 200


def test_one_picture_of_two_records_stays_while_one_shows_it(photo, get, site):
    record = PublishedRecord.objects.get(public_id=photo.public_id)
    PublishedRecord.objects.create(
        kind="photo",
        public_id=UUID(int=1),
        version_no=1,
        sort_date=record.sort_date,
        body=record.body,
        is_withdrawn=True,
        first_published_at=record.published_at,
        published_at=record.published_at,
    )
    PublishedFile.objects.create(sha256=SHA, public_id=UUID(int=1))
    assert get(SHA).status_code == 200


def test_rows_without_files_are_counted_and_old_files_without_rows_deleted(
    photo, monkeypatch: pytest.MonkeyPatch
):
    storages["public"].save(files.file_name("ef" * 32), ContentFile(CONTENT))
    storages["public"].delete(files.file_name(SMALL))
    assert files.reconcile_files() == files.FileCounts(published=2, missing=1, deleted=0)
    monkeypatch.setattr(files, "GRACE", -files.GRACE)
    assert files.reconcile_files() == files.FileCounts(published=2, missing=1, deleted=1)
