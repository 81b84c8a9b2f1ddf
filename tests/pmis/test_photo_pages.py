"""The pages of photos: who sees what, and the check without a script."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ccs.models import User
from pmis.models import Photo
from pmis.services import photos
from tests.factories.pmis import Site
from tests.pmis import photo_files as files

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _stores(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STORAGES = {
        alias: {**options, "OPTIONS": {"location": tmp_path / alias}}
        if alias != "staticfiles"
        else options
        for alias, options in settings.STORAGES.items()
    }
    monkeypatch.setattr(photos, "nudge", lambda *task: None)


@pytest.fixture
def waiting(site: Site) -> Photo:
    """Return a photo with a face that waits for its check."""
    content = ContentFile(files.jpeg(files.with_face()), name="IMG_1.jpg")
    photo = photos.add_photo(project=site.project, file=content, by=site["site_agent"])
    photos.process_photo(photo.pk)
    return Photo.objects.get(pk=photo.pk)


def address(photo: Photo, name: str = "photo") -> str:
    return reverse(f"pmis:{name}", args=[photo.public_id])


NAMES = ("photo", "photo-picture", "photo-thumbnail", "photo-original")


@pytest.mark.parametrize("name", NAMES)
def test_people_of_another_project_find_no_photo(waiting, other_site, as_user, name):
    client = as_user(other_site["supervisor"])
    assert client.get(address(waiting, name)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_nobody_sees_a_photo_without_signing_in(waiting, name):
    assert Client().get(address(waiting, name)).status_code == 302


def test_a_private_picture_is_kept_by_no_cache(waiting, site, as_user):
    response = as_user(site["supervisor"]).get(address(waiting, "photo-picture"))
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Type"] == "image/jpeg"
    small = as_user(site["supervisor"]).get(address(waiting, "photo-thumbnail"))
    assert small.status_code == 200


def test_the_original_is_a_download_for_those_who_answer_for_it(waiting, site, as_user):
    response = as_user(site["officer"]).get(address(waiting, "photo-original"))
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "application/octet-stream"
    agent = as_user(site["site_agent"])
    assert agent.get(address(waiting, "photo-original")).status_code == 403


def test_the_list_names_what_waits_for_the_person(waiting, site, as_user):
    page = as_user(site["supervisor"]).get(reverse("pmis:photos"))
    assert address(waiting) in page.content.decode()
    page = as_user(site["site_agent"]).get(reverse("pmis:photos"))
    assert address(waiting) not in page.content.decode()


def test_the_list_asks_the_database_the_same_number_of_times_for_many(
    waiting, site, as_user, django_assert_max_num_queries
):
    for _ in range(5):
        waiting.pk, waiting.public_id = None, Photo._meta.get_field("public_id").get_default()
        waiting.save(force_insert=True)
    client = as_user(site["supervisor"])
    with django_assert_max_num_queries(10):
        client.get(reverse("pmis:photos"))


def test_boxes_are_added_and_removed_without_a_script_and_released(waiting, site, as_user):
    client = as_user(site["supervisor"])
    (box,) = waiting.blur_boxes
    given = f"{box['x']},{box['y']},{box['w']},{box['h']},{box['kind']}"
    typed = {"x": "100", "y": "700", "w": "80", "h": "60", "kind": "plate"}
    page = client.post(address(waiting), {"box": given, "step": "add", **typed})
    assert page.status_code == 200
    assert 'value="100,700,80,60,plate"' in page.content.decode()
    both = [given, "100,700,80,60,plate"]
    page = client.post(address(waiting), {"box": both, "step": "remove-0"})
    assert f'value="{given}"' not in page.content.decode()
    assert client.post(address(waiting), {"box": both, "step": "release"}).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, len(waiting.blur_boxes)) == ("checked", 2)


@pytest.mark.parametrize("typed", [{}, {"x": "a", "y": "1", "w": "1", "h": "1", "kind": "face"}])
def test_a_box_that_is_none_is_answered_with_a_sentence(waiting, site, as_user, typed):
    page = as_user(site["supervisor"]).post(address(waiting), {"step": "add", **typed})
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()


def test_the_contractor_looks_and_does_not_release(waiting, site, as_user):
    client = as_user(site["site_agent"])
    assert 'value="release"' not in client.get(address(waiting)).content.decode()
    assert client.post(address(waiting), {"step": "release"}).status_code == 403


def test_a_photo_that_cannot_be_released_answers_conflict(waiting, site, as_user):
    Photo.objects.filter(pk=waiting.pk).update(state="uploaded")
    page = as_user(site["supervisor"]).post(address(waiting), {"step": "release"})
    assert page.status_code == 409


def test_the_officer_withdraws_and_lifts(waiting, site, as_user):
    photos.check_photo(photo=waiting, boxes=[], by=site["supervisor"])
    client, where = as_user(site["officer"]), address(waiting, "photo-withdraw")
    assert client.post(where, {"ground": "G6", "reason": ""}).status_code == 400
    assert client.post(where, {"ground": "G6", "reason": "A child."}).status_code == 302
    waiting.refresh_from_db()
    assert photos.is_withdrawn(waiting)
    assert "A child." in client.get(address(waiting)).content.decode()
    assert client.post(where, {"ground": "G6", "reason": "Again."}).status_code == 409
    assert client.post(where, {"step": "lift"}).status_code == 302
    assert not photos.is_withdrawn(waiting)
    agent = as_user(site["site_agent"])
    assert agent.post(where, {"ground": "G6", "reason": "Mine."}).status_code == 403


def test_the_album_takes_good_photos_and_names_the_bad(site, as_user):
    where = reverse("pmis:photo-album", args=[site.project.public_id])
    good = SimpleUploadedFile("good.jpg", files.jpeg(), "image/jpeg")
    bad = SimpleUploadedFile("bad.jpg", b"GIF89a<?php", "image/jpeg")
    client = as_user(site["site_agent"])
    page = client.post(where, {"files": [good, bad], "caption": "Pier 3", "category": "nonsense"})
    assert page.status_code == 400
    assert "bad.jpg" in page.content.decode()
    photo = Photo.objects.get()
    assert (photo.caption, photo.category, photo.original_name) == ("Pier 3", "during", "good.jpg")
    assert client.get(where).status_code == 200


def test_an_auditor_sees_the_album_and_adds_nothing(site, as_user):
    where = reverse("pmis:photo-album", args=[site.project.public_id])
    client = as_user(site["auditor"])
    assert 'type="file"' not in client.get(where).content.decode()
    good = SimpleUploadedFile("good.jpg", files.jpeg(), "image/jpeg")
    assert client.post(where, {"files": good}).status_code == 403
