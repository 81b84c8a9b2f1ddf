"""Photos taken in, processed, checked, taken back."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.utils import timezone, translation

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import Organization, User
from pmis.models import ApprovalEvent, Participant, Photo, Project
from pmis.photo_processing import Box
from pmis.roles import Role
from pmis.services import photos
from tests.pmis import photo_files as files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stores(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = {
        alias: {**options, "OPTIONS": {"location": tmp_path / alias}}
        if alias != "staticfiles"
        else options
        for alias, options in settings.STORAGES.items()
    }


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Return the tasks sent instead of sending them."""
    tasks: list[tuple[Any, ...]] = []
    monkeypatch.setattr(photos, "nudge", lambda *task: tasks.append(task))
    return tasks


@pytest.fixture
def project() -> Project:
    body = Organization.objects.create(kind="ordering_body", name="Invented district")
    return Project.objects.create(
        code="P-1", name="Invented bridge", work_type="road", ordering_body=body, currency="KRW"
    )


@pytest.fixture
def people(project: Project) -> dict[str, User]:
    found = {}
    for role in (Role.SITE_AGENT, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR):
        found[role] = User.objects.create(username=role, name=role)
        Participant.objects.create(
            project=project,
            role=role,
            organization=project.ordering_body,
            user=found[role],
            valid_from=timezone.localdate() - datetime.timedelta(days=9),
        )
    found["outsider"] = User.objects.create(username="outsider", name="outsider")
    return found


def upload(content: bytes, name: str = "IMG_0001.JPG") -> ContentFile:
    return ContentFile(content, name=name)


@pytest.fixture
def waiting(project: Project, people: dict[str, User]) -> Photo:
    """Return a photo with a face that waits for its check."""
    content = files.camera_jpeg(files.with_face().rotate(90, expand=True))
    photo = photos.add_photo(project=project, file=upload(content), by=people["site_agent"])
    assert photos.process_photo(photo.pk) == "processed"
    return Photo.objects.get(pk=photo.pk)


@pytest.fixture
def released(waiting: Photo, people: dict[str, User]) -> Photo:
    return photos.check_photo(photo=waiting, boxes=waiting.blur_boxes, by=people["supervisor"])


def public_copies() -> list[Path]:
    return [path for path in Path(storages["public"].location).rglob("*") if path.is_file()]


def test_an_upload_is_kept_private_and_waits_for_its_task(
    project, people, sent, django_capture_on_commit_callbacks
):
    content = files.camera_jpeg()
    with django_capture_on_commit_callbacks(execute=True):
        photo = photos.add_photo(
            project=project,
            file=upload(content, "../../etc/pass wd.jpg"),
            by=people["site_agent"],
            caption="Pier 3",
            activity="Pier",
            category="before",
            place="Pier P3",
        )
    assert sent == [("pmis.photo_tasks.process_photo", photo.pk)]
    assert (photo.state, photo.category, photo.original_name) == (
        "uploaded",
        "before",
        "pass wd.jpg",
    )
    assert "pass" not in photo.original.name
    assert default_storage.open(photo.original.name).read() == content
    assert len(photo.original_sha256) == 64
    assert public_copies() == []


@pytest.mark.parametrize("role", ["auditor", "outsider"])
def test_who_does_not_build_or_watch_adds_no_photo(project, people, role):
    with pytest.raises(RoleNotAllowed):
        photos.add_photo(project=project, file=upload(files.jpeg()), by=people[role])


@pytest.mark.parametrize(
    "content", [b"GIF89a<?php", b"<svg/>", b"", files.jpeg() + b"<html><script>x</script>"]
)
def test_a_wrong_file_is_refused_at_the_door_with_its_name(project, people, content):
    with pytest.raises(ValidationError, match=r"IMG_0001.JPG"):
        photos.add_photo(project=project, file=upload(content), by=people["site_agent"])
    assert not Photo.objects.exists()


def test_a_photo_above_the_limit_is_refused(project, people, settings):
    settings.PHOTO_MAX_BYTES = 1024
    with pytest.raises(ValidationError, match=r"IMG_0001.JPG"):
        photos.add_photo(project=project, file=upload(files.jpeg()), by=people["site_agent"])


@pytest.mark.parametrize(
    ("content", "refusal"),
    [(files.bomb(), "too_many_pixels"), (files.jpeg()[:900], "damaged")],
)
def test_what_cannot_be_decoded_ends_refused_with_a_sentence(project, people, content, refusal):
    photo = photos.add_photo(project=project, file=upload(content), by=people["site_agent"])
    assert photos.process_photo(photo.pk) == "refused"
    photo.refresh_from_db()
    assert photo.refused_reason == refusal
    with translation.override("en"):
        assert photos.refusal_sentence(refusal).endswith(".")


def test_processing_copies_time_and_place_and_finds_the_face(waiting):
    assert waiting.taken_at.isoformat() == "2026-03-01T23:15:30+00:00"
    assert (waiting.longitude, waiting.latitude) == (126.977778, 37.566389)
    assert (waiting.width, waiting.height) == (1600, 1200)
    assert [box["kind"] for box in waiting.blur_boxes] == ["face"]
    assert waiting.public_sha256 == ""
    assert public_copies() == []


def test_the_working_copy_carries_no_metadata(waiting):
    assert (
        files.MARKER.encode() not in default_storage.open(photos.working_copy_name(waiting)).read()
    )


def test_processing_twice_changes_nothing(waiting):
    assert photos.process_photo(waiting.pk) is None


def test_the_sweep_processes_uploads_whose_task_was_lost(project, people):
    photo = photos.add_photo(project=project, file=upload(files.heic()), by=people["site_agent"])
    assert photos.process_waiting_photos() == 0
    later = timezone.now() - datetime.timedelta(minutes=5)
    Photo.objects.filter(pk=photo.pk).update(uploaded_at=later)
    assert photos.process_waiting_photos() == 1


def test_a_missing_original_does_not_stop_the_others(project, people):
    lost, found = (
        photos.add_photo(project=project, file=upload(files.jpeg()), by=people["site_agent"])
        for _ in range(2)
    )
    default_storage.delete(lost.original.name)
    assert photos.process_waiting_photos(older_than_seconds=0) == 1
    assert Photo.objects.get(pk=found.pk).state == "processed"


def test_a_released_photo_is_public_blurred_and_without_metadata(released):
    assert released.state == "checked"
    copy = storages["public"].path(photos.public_name(released.public_sha256))
    assert copy.endswith(f"{released.public_sha256[2:4]}/{released.public_sha256}.jpg")
    assert {path.stem for path in public_copies()} == {
        released.public_sha256,
        released.thumbnail_sha256,
    }
    for path in public_copies():
        assert files.MARKER.encode() not in path.read_bytes()
        assert photos.decode(path.read_bytes(), timezone.get_default_timezone()).taken_at is None
    with photos.Image.open(copy) as image:
        assert photos.find_boxes(image) == []
    event = ApprovalEvent.objects.get(record_public_id=released.public_id)
    assert (event.action, event.role) == ("check", "supervisor")


@pytest.mark.parametrize("role", ["site_agent", "auditor", "outsider"])
def test_only_supervision_and_officer_release_a_photo(waiting, people, role):
    with pytest.raises(RoleNotAllowed):
        photos.check_photo(photo=waiting, boxes=[], by=people[role])


def test_a_photo_that_is_not_processed_cannot_be_released(project, people):
    photo = photos.add_photo(project=project, file=upload(files.jpeg()), by=people["site_agent"])
    with pytest.raises(TransitionNotAllowed):
        photos.check_photo(photo=photo, boxes=[], by=people["supervisor"])


def test_a_box_outside_the_picture_is_refused(waiting, people):
    with pytest.raises(ValidationError):
        box = Box(x=5000, y=0, w=10, h=10, kind="face")
        photos.check_photo(photo=waiting, boxes=[box], by=people["supervisor"])


def test_a_missed_face_is_mended_and_the_old_copy_deleted(
    released, people, django_capture_on_commit_callbacks
):
    box = Box(x=0, y=500, w=400, h=400, kind="person")
    with django_capture_on_commit_callbacks(execute=True):
        mended = photos.check_photo(
            photo=released, boxes=[*released.blur_boxes, box], by=people["officer"]
        )
    assert mended.public_sha256 != released.public_sha256
    assert {path.stem for path in public_copies()} == {
        mended.public_sha256,
        mended.thumbnail_sha256,
    }


def withdraw(photo: Photo, by: User) -> None:
    photos.withdraw_photo(photo=photo, ground="G6", reason="A child is seen.", by=by)


def test_a_withdrawn_photo_loses_its_public_copy_at_once(
    released, people, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(released, people["officer"])
    assert public_copies() == []
    assert photos.shown_hashes() == set()
    with pytest.raises(TransitionNotAllowed):
        photos.check_photo(photo=released, boxes=[], by=people["supervisor"])


def test_a_lifted_withdrawal_shows_the_same_picture_again(
    released, people, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(released, people["officer"])
    lifted = photos.lift_photo_withdrawal(photo=released, by=people["officer"])
    assert lifted.public_sha256 == released.public_sha256
    assert len(public_copies()) == 2


def test_two_photos_of_one_picture_share_the_copy_until_the_last_goes(
    released, people, django_capture_on_commit_callbacks
):
    same = photos.add_photo(
        project=released.project,
        file=upload(default_storage.open(released.original.name).read()),
        by=people["site_agent"],
    )
    photos.process_photo(same.pk)
    same = photos.check_photo(photo=same, boxes=released.blur_boxes, by=people["supervisor"])
    assert same.public_sha256 == released.public_sha256
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(released, people["officer"])
    assert len(public_copies()) == 2


def test_an_unreleased_photo_cannot_be_withdrawn(waiting, people):
    with pytest.raises(TransitionNotAllowed):
        withdraw(waiting, people["officer"])


def test_a_lost_public_copy_is_made_anew(released):
    for path in public_copies():
        path.unlink()
    assert photos.restore_public_copies() > 0
    assert {path.stem for path in public_copies()} == photos.shown_hashes()


def test_a_file_whose_row_was_never_committed_is_deleted_after_a_day(waiting):
    default_storage.save("photos/2026/01/orphan.jpg", ContentFile(b"x"))
    assert photos.delete_orphans() == 0
    assert photos.delete_orphans(older_than_hours=-1) == 1
    assert default_storage.exists(waiting.original.name)
    assert default_storage.exists(photos.working_copy_name(waiting))
