"""The pixels: what is let in, what is left behind, what is blurred."""

import datetime
import io
import zipfile
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from pmis.photo_processing import (
    COPY_SIDE,
    Box,
    PhotoRefused,
    blur,
    clamp,
    decode,
    encode,
    find_boxes,
    kind_of,
)
from tests.pmis import photo_files as files

SEOUL = ZoneInfo("Asia/Seoul")


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as bundle:
        bundle.writestr("page.html", "hello")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(files.jpeg, "jpeg"), (files.png, "png"), (files.webp, "webp"), (files.heic, "heic")],
)
def test_every_permitted_type_is_decoded(content, kind):
    assert kind_of(content()[:32]) == kind
    assert decode(content(), SEOUL).picture.mode == "RGB"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (lambda: b"GIF89a<?php echo 1;", "wrong_type"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wrong_type"),
        (lambda: b"%PDF-1.7", "wrong_type"),
        (lambda: b"", "wrong_type"),
        (lambda: files.jpeg() + b"<?PHP system('id'); ?>", "second_file"),
        (lambda: files.jpeg(comment=b"<script>alert(1)</script>"), "second_file"),
        (lambda: files.jpeg() + archive(), "second_file"),
        (files.bomb, "too_many_pixels"),
        (lambda: files.jpeg()[:900], "damaged"),
        (lambda: files.png()[:500], "damaged"),
        (lambda: b"\xff\xd8\xff" + b"\0" * 500, "damaged"),
        (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 200, "damaged"),
    ],
)
def test_what_is_no_photo_is_refused_with_its_reason(content, refusal):
    with pytest.raises(PhotoRefused) as caught:
        decode(content(), SEOUL)
    assert caught.value.refusal == refusal


def test_what_a_phone_appends_to_a_photo_does_not_refuse_it():
    assert decode(files.jpeg() + files.jpeg(), SEOUL).picture.size == (1600, 1200)


def test_time_and_position_are_read_and_the_picture_is_turned_upright():
    decoded = decode(files.camera_jpeg(), SEOUL)
    assert decoded.taken_at == datetime.datetime(2026, 3, 2, 8, 15, 30, tzinfo=SEOUL)
    assert (decoded.longitude, decoded.latitude) == (126.977778, 37.566389)
    assert decoded.picture.size == (1200, 1600)


def test_an_offset_of_the_camera_wins_over_the_zone_of_the_city():
    image = files.site((64, 48))
    exif = image.getexif()
    exif.get_ifd(0x8769).update({36867: "2026:03:02 08:15:30", 36881: "+02:00"})
    taken_at = decode(files.jpeg(image, exif=exif), SEOUL).taken_at
    assert taken_at.astimezone(datetime.UTC).hour == 6


@pytest.mark.parametrize(
    "tags",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (137.0, 0.0, 0.0), 3: "E", 4: (10.0, 0.0, 0.0)},
        {2: (37.0, 0.0, 0.0)},
    ],
)
def test_a_position_that_cannot_be_is_no_position(tags):
    image = files.site((64, 48))
    exif = image.getexif()
    exif.get_ifd(0x8825).update(tags)
    decoded = decode(files.jpeg(image, exif=exif), SEOUL)
    assert (decoded.longitude, decoded.latitude) == (None, None)


@pytest.mark.parametrize("content", [files.camera_jpeg, files.png])
def test_nothing_but_pixels_leaves(content):
    assert files.MARKER.encode() in content()
    public = encode(decode(content(), SEOUL).picture)
    assert files.MARKER.encode() not in public
    for sign in (b"Exif", b"xmpmeta", b"ICC_PROFILE"):
        assert sign not in public
    with Image.open(io.BytesIO(public)) as image:
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_copy_is_made_small():
    picture = decode(files.jpeg(files.site((4000, 3000))), SEOUL).picture
    assert max(picture.size) == COPY_SIDE
    assert picture.size[0] * 3 == picture.size[1] * 4


def test_a_face_is_found_and_cannot_be_found_in_the_blurred_copy():
    picture = files.with_face(centre=(500, 400), size=260)
    (box,) = find_boxes(picture)
    assert box["kind"] == "face"
    assert box["x"] < 500 < box["x"] + box["w"]
    assert box["y"] < 400 < box["y"] + box["h"]
    assert find_boxes(blur(picture, [box])) == []


def test_no_face_is_found_where_there_is_none():
    assert find_boxes(files.site()) == []


def test_blurring_leaves_little_inside_and_everything_outside():
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    blurred = np.asarray(blur(picture, [Box(x=100, y=100, w=100, h=80, kind="face")]))
    assert blurred[100:180, 100:200].std() < noise.std() / 4
    assert np.array_equal(blurred[:80], noise[:80])
    assert np.array_equal(np.asarray(picture), noise)


def test_a_box_at_the_edge_is_cut_and_one_outside_is_none():
    box = Box(x=90, y=-10, w=50, h=30, kind="plate")
    assert clamp(box, (100, 100)) == Box(x=90, y=0, w=10, h=20, kind="plate")
    assert clamp(Box(x=200, y=0, w=5, h=5, kind="plate"), (100, 100)) is None
