"""One picture of the pool on its way through the real pipeline; needs no Django.

The processes that make the pool import this module alone.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import cv2

from pmis.demo.pictures import draw_picture
from pmis.photo_processing import (
    THUMBNAIL_SIDE,
    WORKING_QUALITY,
    Box,
    blur,
    decode,
    encode,
    find_boxes,
)

#: Drawn people have no faces: a coarse search is enough, and ten times as fast.
SEARCH_SIDE = 288


@dataclass(frozen=True)
class Processed:
    """One picture on its way through the pipeline."""

    original: bytes
    working_copy: bytes
    public_copy: bytes
    thumbnail: bytes
    boxes: list[Box]
    size: tuple[int, int]


def use_one_core() -> None:
    """Keep the search for faces in this process from taking the cores of the others."""
    cv2.setNumThreads(1)


def make_picture(scene_and_variant: tuple[str, int]) -> Processed:
    """Draw a picture and lead it through decoding, search, blurring and encoding."""
    target = io.BytesIO()
    draw_picture(*scene_and_variant).save(target, "JPEG", quality=88)
    picture = decode(target.getvalue(), ZoneInfo("UTC")).picture
    boxes = find_boxes(picture, side=SEARCH_SIDE)
    shown = blur(picture, boxes)
    return Processed(
        original=target.getvalue(),
        working_copy=encode(picture, quality=WORKING_QUALITY),
        public_copy=encode(shown),
        thumbnail=encode(shown, side=THUMBNAIL_SIDE),
        boxes=boxes,
        size=picture.size,
    )
