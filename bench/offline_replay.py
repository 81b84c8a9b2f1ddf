"""Drafts of devices, sent again and again and out of order: none lost, none doubled.

    ./run bench offline_replay [drafts]

Each draft is sent three times in an order thrown by dice, one in ten also in an older edition, one
in twenty with a photo that comes before or after it, by eight threads with connections of their
own, each request a transaction of its own, as the server does. Then the database is counted.
"""

from __future__ import annotations

from bench._city import argument, make_city, say, seconds

import datetime
import io
import random
import threading
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.db import connections
from django.http import QueryDict
from django.utils import timezone
from PIL import Image

from ccs.models import User
from pmis.models import DailyReport, DailyReportPhoto, Photo, Project, ReceivedDraft, ReceivedPhoto
from pmis.records import REGISTRY
from pmis.services.offline import SentDraft, SentPhoto, receive_draft, receive_photo

COUNT = argument(1, 10_000)
PROJECTS = 20
THREADS = 8
TIMES = 3


def _picture(number: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (16, 16), (number % 256, number // 256 % 256, 0)).save(written, "JPEG")
    return written.getvalue()


def _draft(number: int, client_id: UUID, edition: int) -> SentDraft:
    day = timezone.localdate() - datetime.timedelta(days=number // PROJECTS)
    fields = QueryDict(mutable=True)
    fields["work_summary"] = f"{number} / {edition}"
    fields["workforce_lines-0-trade"] = "철근공"
    fields["workforce_lines-0-count"] = "12"
    return SentDraft(client_id, edition, day.isoformat(), fields)


def _sends(dice: random.Random) -> list[tuple[int, SentDraft | SentPhoto]]:
    """Return (number, what is sent) in the order of arrival."""
    sends: list[tuple[int, SentDraft | SentPhoto]] = []
    for number in range(COUNT):
        client_id = uuid4()
        sends += [(number, _draft(number, client_id, 2))] * TIMES
        if number % 10 == 0:
            sends.append((number, _draft(number, client_id, 1)))
        if number % 20 == 0:
            photo_id, content = uuid4(), _picture(number)
            for _ in range(TIMES):
                file = ContentFile(content, "site.jpg")
                sends.append((number, SentPhoto(photo_id, client_id, file)))
    dice.shuffle(sends)
    return sends


def _replay(part: list[tuple[int, SentDraft | SentPhoto]], failed: list[str]) -> None:
    entry, agent = REGISTRY["daily_report"], User.objects.get(pk=3)
    projects = list(Project.objects.select_related("ordering_body").order_by("pk")[:PROJECTS])
    for number, sent in part:
        place = {"project": projects[number % PROJECTS], "entry": entry, "by": agent}
        try:
            if isinstance(sent, SentPhoto):
                receive_photo(sent=sent, **place)
            elif receive_draft(sent=sent, **place).outcome != "saved":
                failed.append(f"{number}: not saved")
        except Exception as error:
            failed.append(f"{number}: {error!r}")
    for alias in connections:
        connections[alias].close()


def main() -> None:
    """Replay and count."""
    make_city(projects=PROJECTS, reports=0)
    sends = _sends(random.Random(20261120))
    failed: list[str] = []
    threads = [
        threading.Thread(target=_replay, args=(sends[part::THREADS], failed))
        for part in range(THREADS)
    ]

    def run() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    took = seconds(run)
    photos = (COUNT + 19) // 20
    newest = DailyReport.objects.filter(work_summary__endswith="/ 2").count()
    counts = {
        "reports": (DailyReport.objects.count(), COUNT),
        "in their newest edition": (newest, COUNT),
        "different texts": (DailyReport.objects.values("work_summary").distinct().count(), COUNT),
        "received drafts": (ReceivedDraft.objects.filter(outcome="saved").count(), COUNT),
        "photos": (Photo.objects.count(), photos),
        "photos in their report": (DailyReportPhoto.objects.count(), photos),
        "photos attached": (ReceivedPhoto.objects.filter(outcome="attached").count(), photos),
    }
    say(f"{len(sends)} sends of {COUNT} drafts in {took:.0f} s, {len(sends) / took:.0f} a second")
    for name, (found, wanted) in counts.items():
        say(f"{name}: {found}  (target {wanted})")
    wrong = [name for name, (found, wanted) in counts.items() if found != wanted]
    if failed or wrong:
        raise SystemExit(f"failed: {wrong} {failed[:5]}")
    say("none lost, none doubled")


if __name__ == "__main__":
    main()
