"""What happens to the pixels of a photo: decode, search, blur, encode. Knows no database.

Decoding and encoding anew from the pixels is the real check and the only road to a copy that
anyone sees: what else a file may hold (EXIF, XMP, ICC, comments, appended files) stays behind.
"""

from __future__ import annotations

import datetime
import io
import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageFilter, ImageOps

pillow_heif.register_heif_opener()
Image.init()

#: A picture of more pixels is refused before it is unpacked (ASVS 5.2.6, pixel flood).
MAX_PIXELS = 50_000_000
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

#: Longest side of the public copy and of the thumbnail, in pixels, and their JPEG quality.
COPY_SIDE = 2048
THUMBNAIL_SIDE = 480
QUALITY = 82
#: The private working copy is encoded twice on its way, so its first encoding is finer.
WORKING_QUALITY = 92
#: Faces and plates are searched on a picture of at most this side: ten times faster.
SEARCH_SIDE = 1280
#: A blurred box keeps at most this many cells along its shorter side: below what a face needs.
BLUR_CELLS = 4
#: The cascades cut faces at chin and forehead; the blur reaches beyond by this share.
BLUR_MARGIN = 0.2

#: What may be uploaded, with the ending its original is stored under.
ENDINGS = {"jpeg": "jpg", "png": "png", "webp": "webp", "heic": "heic"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
#: Signs of a second file inside the first. Longer ones may stand anywhere: by chance they occur
#: once in many thousand millions of bytes.
_FOREIGN_ANYWHERE = (b"<?php", b"<script", b"<html", b"<!doctype html")
_FOREIGN_AT_START = (b"%pdf-",)
_ZIP_END = b"PK\x05\x06"

Refusal = Literal["wrong_type", "too_many_pixels", "second_file", "damaged"]


class PhotoRefused(ValueError):
    """Raised for a file that is no photo to be shown.

    Attributes: `refusal`, the code of the reason; the service makes the sentence.
    """

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal)


class Box(TypedDict):
    """A part of the picture that is blurred, in pixels of the public copy."""

    x: int
    y: int
    w: int
    h: int
    kind: str


@dataclass(frozen=True)
class Decoded:
    """The upright picture in sRGB and what its metadata said."""

    picture: Image.Image
    taken_at: datetime.datetime | None
    longitude: float | None
    latitude: float | None


def kind_of(head: bytes) -> str | None:
    """Return jpeg, png, webp or heic by the first 32 bytes of a file, else None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    return None


def holds_second_file(content: bytes) -> bool:
    """Return whether the file is also something else: a page, a script, a PDF or an archive.

    Data behind the picture alone says nothing: phones append films and depth maps.
    """
    lower = content.lower()
    return (
        any(sign in lower for sign in _FOREIGN_ANYWHERE)
        or any(sign in lower[:1024] for sign in _FOREIGN_AT_START)
        or _ZIP_END in content[-65_557:]
    )


def decode(content: bytes, zone: ZoneInfo) -> Decoded:
    """Return the picture of at most `COPY_SIDE` pixels a side and what its metadata said.

    A capture time without an offset is one of `zone`. Raises `PhotoRefused`.
    """
    if kind_of(content[:32]) is None:
        raise PhotoRefused("wrong_type")
    if holds_second_file(content):
        raise PhotoRefused("second_file")
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PhotoRefused("too_many_pixels")
            exif = image.getexif()
            taken_at = _taken_at(exif, zone)
            longitude, latitude = _position(exif)
            image.draft("RGB", (COPY_SIDE, COPY_SIDE))
            picture = _fit(_in_srgb(ImageOps.exif_transpose(image)), COPY_SIDE)
    except PhotoRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRefused("too_many_pixels") from error
    except Exception as error:
        # Decoders meet hostile bytes here and raise whatever they like.
        raise PhotoRefused("damaged") from error
    return Decoded(picture, taken_at, longitude, latitude)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the pixels alone as sRGB, transparent parts on white."""
    profile = image.info.get("icc_profile")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) / 256).clip(0, 255).astype(np.uint8))
    image = image.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
        except (ImageCms.PyCMSError, OSError):
            pass  # A broken colour profile costs the exact colours, not the photo.
    return image


def _fit(image: Image.Image, side: int) -> Image.Image:
    """Return a picture of at most `side` pixels a side that carries nothing but pixels."""
    image = image.copy()
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return Image.frombytes("RGB", image.size, image.tobytes())


def _taken_at(exif: Image.Exif, zone: ZoneInfo) -> datetime.datetime | None:
    """Return when the photo was taken; cameras write local time, newer ones its offset too."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = details.get(ExifTags.Base.OffsetTimeOriginal)
    try:
        taken_at = datetime.datetime.strptime(str(text)[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    if taken_at.year < 1990:
        return None
    try:
        return taken_at.replace(tzinfo=_offset(str(offset)) if offset else zone)
    except ValueError:
        return taken_at.replace(tzinfo=zone)


def _offset(text: str) -> datetime.timezone:
    """Return the time zone of an EXIF offset such as "+09:00"; raises ValueError."""
    offset = datetime.datetime.strptime(text.strip("\x00 "), "%z").utcoffset()
    return datetime.timezone(offset or datetime.timedelta())


def _position(exif: Image.Exif) -> tuple[float | None, float | None]:
    """Return longitude and latitude (WGS84), or two Nones. (0, 0) is a camera without a fix."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, None
    on_earth = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (longitude, latitude) if on_earth else (None, None)


def _degrees(parts: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError("not a number")
    return round(-value if str(reference).upper().startswith(negative) else value, 6)


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml"))


def _seen(name: str, grey: np.ndarray, smallest: tuple[int, int]) -> list[tuple[int, ...]]:
    found = _cascade(name).detectMultiScale(grey, scaleFactor=1.1, minNeighbors=5, minSize=smallest)
    return [tuple(int(value) for value in box) for box in found]


def find_faces(grey: np.ndarray) -> list[tuple[int, ...]]:
    """Return x, y, width, height of the faces in a grey picture: from the front and both sides."""
    width = grey.shape[1]
    mirrored = [
        (width - x - w, y, w, h)
        for x, y, w, h in _seen("profileface", np.ascontiguousarray(grey[:, ::-1]), (24, 24))
    ]
    front = _seen("frontalface_default", grey, (20, 20))
    return [*front, *_seen("profileface", grey, (24, 24)), *mirrored]


def find_plates(grey: np.ndarray) -> list[tuple[int, ...]]:
    """Return x, y, width, height of the number plates in a grey picture."""
    return _seen("russian_plate_number", grey, (30, 10))


#: What is searched on every photo, by the kind its boxes get.
FINDERS: dict[str, Callable[[np.ndarray], list[tuple[int, ...]]]] = {
    "face": find_faces,
    "plate": find_plates,
}


def find_boxes(picture: Image.Image, *, side: int = SEARCH_SIDE) -> list[Box]:
    """Return the faces and number plates found; a person checks them before anything is public.

    The search sees the picture at most `side` pixels wide and high; its time grows with the square.
    """
    scale = min(1.0, side / max(picture.size))
    small = picture.convert("L").resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    )
    grey = cv2.equalizeHist(np.asarray(small))
    boxes: list[Box] = []
    for kind, find in FINDERS.items():
        for found in find(grey):
            x, y, w, h = (round(value / scale) for value in found)
            box = clamp(Box(x=x, y=y, w=w, h=h, kind=kind), picture.size)
            if box and not any(_overlap(box, other) > 0.5 for other in boxes):
                boxes.append(box)
    return boxes


def _overlap(one: Box, other: Box) -> float:
    """Return the share of the smaller box that both have in common."""
    width = min(one["x"] + one["w"], other["x"] + other["w"]) - max(one["x"], other["x"])
    height = min(one["y"] + one["h"], other["y"] + other["h"]) - max(one["y"], other["y"])
    smaller = min(one["w"] * one["h"], other["w"] * other["h"])
    return max(0, width) * max(0, height) / smaller


def clamp(box: Box, size: tuple[int, int], margin: float = 0.0) -> Box | None:
    """Return the part of `box`, widened by `margin` on each side, within a picture of `size`."""
    left = max(0, math.floor(box["x"] - box["w"] * margin))
    top = max(0, math.floor(box["y"] - box["h"] * margin))
    right = min(size[0], math.ceil(box["x"] + box["w"] * (1 + margin)))
    bottom = min(size[1], math.ceil(box["y"] + box["h"] * (1 + margin)))
    if right <= left or bottom <= top:
        return None
    return Box(x=left, y=top, w=right - left, h=bottom - top, kind=box["kind"])


def blur(picture: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """Return a copy in which nobody can be recognised within `boxes`.

    SECURITY: each box is averaged down to a few cells first, so that no sharpening brings the
    pixels back, and blurred then only to look calm.
    """
    picture = picture.copy()
    for given in boxes:
        box = clamp(given, picture.size, BLUR_MARGIN)
        if box is None:
            continue
        area = (box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"])
        cell = max(1.0, min(box["w"], box["h"]) / BLUR_CELLS)
        cells = (max(1, round(box["w"] / cell)), max(1, round(box["h"] / cell)))
        piece = picture.crop(area).resize(cells, Image.Resampling.BOX)
        piece = piece.resize((box["w"], box["h"]), Image.Resampling.NEAREST)
        picture.paste(piece.filter(ImageFilter.GaussianBlur(cell / 3)), area)
    return picture


def encode(picture: Image.Image, *, side: int = COPY_SIDE, quality: int = QUALITY) -> bytes:
    """Return the picture as JPEG of at most `side` pixels a side, without any metadata."""
    target = io.BytesIO()
    _fit(picture, side).save(target, "JPEG", quality=quality, optimize=True)
    return target.getvalue()
