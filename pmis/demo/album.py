"""Photos of the demonstration: a pool of pictures, processed once by the real pipeline."""

from __future__ import annotations

import datetime
import hashlib
import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from pmis.demo.dice import dice, public_id
from pmis.demo.people import Team
from pmis.demo.pictures import pool
from pmis.demo.pipeline import Processed, make_picture, use_one_core
from pmis.demo.plan import Plan, PlannedItem
from pmis.demo.store import Store
from pmis.demo.words import CAPTIONS, VIEWS
from pmis.models import DailyReportPhoto, Photo
from pmis.photo_processing import Box
from pmis.roles import Role
from pmis.services.photos import store_public

FULL, SMALL = 286, 22
PROCESSES = 2
#: What the last scenes of a site are shown as.
CATEGORIES = {"before": "before", "after": "after"}


@dataclass(frozen=True)
class Picture:
    """A picture of the pool as rows name it."""

    original: str
    original_sha256: str
    public_sha256: str
    thumbnail_sha256: str
    boxes: list[Box]
    size: tuple[int, int]


@dataclass
class Album:
    """The stored pictures by scene, and whose turn it is."""

    pictures: dict[str, list[Picture]] = field(default_factory=lambda: defaultdict(list))

    def picture(self, scene: str, number: int) -> Picture:
        """Return a picture of a scene; other numbers, other pictures."""
        choices = self.pictures[scene]
        return choices[number % len(choices)]


def make_album(count: int, progress: Callable[[int], None]) -> Album:
    """Draw, process and store `count` pictures; tell `progress` after each."""
    album, wanted = Album(), pool(count)
    # A fork would share the database connection with its children.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=use_one_core) as workers:
        for place, made in enumerate(workers.map(make_picture, wanted, chunksize=8)):
            scene, variant = wanted[place]
            album.pictures[scene].append(_stored(scene, variant, made))
            progress(place + 1)
    return album


def _stored(scene: str, variant: int, made: Processed) -> Picture:
    name = f"photos/demonstration/{scene}-{variant:02}.jpg"
    _put(name, made.original)
    _put(f"{name.removesuffix('.jpg')}-copy.jpg", made.working_copy)
    return Picture(
        original=name,
        original_sha256=hashlib.sha256(made.original).hexdigest(),
        public_sha256=store_public(made.public_copy),
        thumbnail_sha256=store_public(made.thumbnail),
        boxes=made.boxes,
        size=made.size,
    )


def _put(name: str, content: bytes) -> None:
    default_storage.delete(name)
    default_storage.save(name, ContentFile(content))


# -- Rows ---------------------------------------------------------------------------------------


def add_photos(
    store: Store,
    album: Album,
    plan: Plan,
    team: Team,
    report: int,
    taken: datetime.datetime,
    items: Sequence[PlannedItem],
) -> None:
    """Collect one to three photos of a report; those of the last days wait for their check."""
    rng = dice("photos", plan.number, taken)
    waits = (store.now - taken).days < 2 and rng.random() < 0.4
    for order in range(rng.choice((1, 1, 1, 2, 2, 3))):
        row = items[order % len(items)] if items else None
        scene = row.item.scene if row else "toolbox"
        if order == 2:
            scene = "toolbox"
        name = row.item.name if row else "작업 전 안전점검"
        caption = CAPTIONS.get(scene, "{item} " + rng.choice(VIEWS)).format(item=name)
        key = add_photo(
            store, album.picture(scene, rng.randrange(10**6)), plan, team,
            taken=taken + datetime.timedelta(minutes=rng.randrange(0, 420)),
            caption=caption, activity=name, waits=waits,
            category=CATEGORIES.get(scene, "during"),
        )  # fmt: skip
        store[DailyReportPhoto].add(report_id=report, photo_id=key, order=order)


def add_photo(
    store: Store,
    picture: Picture,
    plan: Plan,
    team: Team,
    *,
    taken: datetime.datetime,
    caption: str,
    activity: str,
    category: str = "during",
    waits: bool = False,
    series: str = "",
) -> int:
    """Collect a photo of the project that shows a picture of the pool; return its key."""
    rng = dice("photo", plan.number, taken, caption, len(store[Photo].rows))
    agent = team.people[Role.SITE_AGENT]
    uploaded = min(taken + datetime.timedelta(minutes=20), store.now)
    checked = min(uploaded + datetime.timedelta(minutes=50), store.now)
    return store[Photo].add(
        public_id=public_id(uploaded, rng),
        project_id=plan.id,
        title=caption,
        caption=caption,
        activity=activity,
        place=plan.site.quarters[0].area.names["ko"],
        category=category,
        series=series,
        state="processed" if waits else "checked",
        uploader_id=agent.id,
        uploader_body_id=agent.organization.id,
        uploaded_at=uploaded,
        taken_at=taken,
        longitude=round(plan.site.longitude + rng.gauss(0, 0.0003), 6),
        latitude=round(plan.site.latitude + rng.gauss(0, 0.0003), 6),
        original=picture.original,
        original_sha256=picture.original_sha256,
        original_name="demonstration.jpg",
        public_sha256="" if waits else picture.public_sha256,
        thumbnail_sha256="" if waits else picture.thumbnail_sha256,
        width=picture.size[0],
        height=picture.size[1],
        blur_boxes=picture.boxes,
        checked_by_id=None if waits else team.people[Role.INSPECTOR].id,
        checked_at=None if waits else checked,
    )
