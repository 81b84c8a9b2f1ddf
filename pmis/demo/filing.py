"""Drawings, documents, fixed points and cameras of the demonstration."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from pmis.demo.album import Album, add_photo
from pmis.demo.dice import dice, public_id
from pmis.demo.events import Named, log, log_approval
from pmis.demo.inspections import DAY, decide
from pmis.demo.pdfs import pdf_of
from pmis.demo.people import Team
from pmis.demo.plan import Plan
from pmis.demo.store import Store
from pmis.demo.tables import update
from pmis.demo.times import at
from pmis.models import (
    Approval,
    ApprovalEvent,
    Camera,
    CameraSnapshot,
    Document,
    DocumentClass,
    DocumentFile,
    Drawing,
    DrawingFile,
    DrawingRecipient,
    FixedPoint,
    Photo,
    RecordReading,
    StoredFile,
)
from pmis.roles import Role

#: Number, title, discipline, status, state.
SHEETS = (
    ("C-001", "공사 평면도", "civil", "for_construction", "approved"),
    ("C-101", "종단면도", "civil", "for_construction", "approved"),
    ("S-201", "구조물 배근 상세도", "structure", "for_construction", "approved"),
    ("T-301", "가시설 흙막이 상세도", "temporary", "for_construction", "submitted"),
)
AS_BUILT = (
    ("C-001", "준공 평면도", "civil", "as_built", "approved"),
    ("S-201", "준공 구조물도", "structure", "as_built", "approved"),
)
#: Classes of the documents that a project has by its state; what is left out is missing.
PAPERS = ("C-01", "C-02", "S-01", "S-02", "S-04", "S-06")
LAST_PAPERS = ("W-02", "F-02", "F-03", "F-05", "F-06")
FINISHED = ("completed", "defect_period", "closed")
POINTS = (("시점부 정점", 45), ("종점부 정점", 225))
#: The sheet that was drawn anew on site: its first revision is superseded.
REVISED, REVISION_REASON = "S-201", "기초 철근 간격 조정에 따른 수정"
#: Who has opened an issued drawing, hours after its approval.
READERS = ((Role.ENGINEER, 2), (Role.INSPECTOR, 5), (Role.SUBCONTRACTOR, 26))
CAMERAS = ("현장사무소 지붕", "종점부 타워크레인")


class FilingWriter:
    """Collects what is filed of one site after the other."""

    def __init__(self, store: Store, album: Album) -> None:
        self.store, self.album = store, album
        self.classes = {row.code: row for row in DocumentClass.objects.all()}
        self._files: dict[str, tuple[str, bytes]] = {}
        #: The first versions of the drawings that are revised, with what the second is made of.
        self._revised: list[tuple[int, tuple[Any, ...]]] = []

    def add_site(self, plan: Plan, team: Team, *, with_camera: bool) -> None:
        """Collect the drawings, documents and fixed points of a site that was begun."""
        if plan.start is None or plan.signed is None or plan.first_report is None:
            return
        is_done = plan.state in FINISHED
        for place, row in enumerate((*SHEETS, *(AS_BUILT if is_done else ()))):
            self._add_drawing(plan, team, row, place)
        for place, code in enumerate((*PAPERS, *(LAST_PAPERS if is_done else ()))):
            self._add_document(plan, team, code, place)
        if plan.number % 4 == 0 or with_camera:
            self._add_points(plan, team)
        if with_camera:
            self._add_cameras(plan, team)

    def write(self) -> None:
        """Send what was collected and lead it to its states; then the revisions of drawings."""
        self._write_rows()
        update(Drawing, {"state": "text"}, [(key, "superseded") for key, _facts in self._revised])
        for key, (plan, team, row, place, sent, identity) in self._revised:
            self._add_version(plan, team, row, place, sent, identity=identity, before=key)
        self._write_rows()

    def _write_rows(self) -> None:
        self.store.write(
            Photo, StoredFile, Drawing, DrawingFile, DrawingRecipient, Document, DocumentFile,
            FixedPoint, Camera, CameraSnapshot, Approval, ApprovalEvent, RecordReading,
        )  # fmt: skip
        for model in (Drawing, Document, Camera):
            self.store.decide(model)

    def _file(self, plan: Plan, team: Team, title: str, sent: datetime.datetime) -> int:
        """Collect a stored file; files that say the same share one in the store."""
        words = [title, "시연용으로 지어낸 문서입니다."]
        if title not in self._files:
            content = pdf_of(words, sheet=title[1:2] == "-")
            sha256 = hashlib.sha256(content).hexdigest()
            name = f"documents/demonstration/{sha256[:32]}.pdf"
            if not default_storage.exists(name):
                default_storage.save(name, ContentFile(content))
            self._files[title] = (name, content)
        name, content = self._files[title]
        return self.store[StoredFile].add(
            public_id=public_id(sent, dice("file", plan.number, title)),
            project_id=plan.id,
            name=f"{title}.pdf",
            media_type="application/pdf",
            size=len(content),
            pages=1,
            sha256=hashlib.sha256(content).hexdigest(),
            content=name,
            text=" ".join(words),
            text_state="read",
            uploader_id=team.people[Role.SITE_AGENT].id,
            uploaded_at=sent,
        )

    def _life(self, plan: Plan, team: Team, sent: datetime.datetime, number: int) -> dict[str, Any]:
        return {
            "project_id": plan.id,
            "version_no": 1,
            "number": number,
            "author_id": team.people[Role.SITE_AGENT].id,
            "created_at": sent,
            "submitted_at": sent,
        }

    def _sent(self, plan: Plan, place: int, *, late: bool) -> datetime.datetime:
        first = (plan.completed or plan.start) if late else plan.start
        day = min(first or self.store.today, self.store.today - DAY * 3)
        return at(day, 560 + place * 11)

    def _lately(self, place: int) -> datetime.datetime:
        """Return when something was sent that still waits."""
        return at(self.store.today - DAY * 2, 560 + place * 11)

    def _add_drawing(self, plan: Plan, team: Team, row: Sequence[str], place: int) -> None:
        number, _title, _discipline, status, state = row
        sent = self._sent(plan, place, late=status == "as_built")
        is_approved = state == "approved" or not plan.is_running
        if not is_approved:
            sent = self._lately(place)
        identity = public_id(sent, dice("drawing", plan.number, place))
        again = sent + DAY * 35
        is_revised = number == REVISED and status != "as_built" and again < self.store.now - DAY
        ends = "approved" if is_approved else "submitted"
        first = self._add_version(plan, team, row, place, sent, identity=identity, state=ends)
        if is_revised:
            self._revised.append((first, (plan, team, row, place, again, identity)))

    def _add_version(
        self,
        plan: Plan,
        team: Team,
        row: Sequence[str],
        place: int,
        sent: datetime.datetime,
        *,
        identity: UUID,
        state: str = "approved",
        before: int | None = None,
    ) -> int:
        """Collect one version of a drawing: the first, or the revision of the one `before`."""
        number, title, discipline, status, _state = row
        version = 2 if before else 1
        key = self.store[Drawing].add(
            **self._life(plan, team, sent, place + 1) | {"version_no": version},
            public_id=identity,
            supersedes_id=before,
            reason=REVISION_REASON if before else "",
            revision_reason=REVISION_REASON if before else "",
            drawing_number=number,
            title=title,
            discipline=discipline,
            drawing_status=status,
            sheet_revision=str(version - 1),
            issued_date=sent.date(),
            hand_over_body=team.body.name if status == "as_built" else "",
        )
        name = f"{number} {title}" + (f" 개정 {version - 1}" if before else "")
        file = self._file(plan, team, name, sent)
        self.store[DrawingFile].add(drawing_id=key, order=0, file_id=file)
        for order, firm in enumerate(team.subcontractors[:2]):
            self.store[DrawingRecipient].add(drawing_id=key, order=order, organization_id=firm.id)
        named = (Drawing.record_type, identity, version)
        self._decide(plan, team, (Drawing, named, key), title, sent, state)
        if state != "submitted":
            self._add_readings(plan, team, named, sent + DAY, file)
        return key

    def _add_readings(
        self, plan: Plan, team: Team, named: Named, moment: datetime.datetime, file: int
    ) -> None:
        """Collect who opened a drawing, and its sheet; others on the list have not yet."""
        for role, hours in READERS:
            reader = team.people.get(role)
            opened = moment + datetime.timedelta(hours=hours)
            if reader is None or opened > self.store.now:
                continue
            for opened_file in (None, file):
                self.store[RecordReading].add(
                    project_id=plan.id,
                    record_type=named[0],
                    record_public_id=named[1],
                    version_no=named[2],
                    file_id=opened_file,
                    user_id=reader.id,
                    organization_id=reader.organization.id,
                    at=opened + datetime.timedelta(minutes=2 if opened_file else 0),
                )

    def _add_document(self, plan: Plan, team: Team, code: str, place: int) -> None:
        row = self.classes.get(code)
        if row is None:
            return
        waits = plan.is_running and code == "S-06" and plan.number % 3 == 0
        sent = self._sent(plan, 20 + place, late=code[0] == "F")
        if waits:
            sent = self._lately(20 + place)
        identity = public_id(sent, dice("document", plan.number, code))
        key = self.store[Document].add(
            **self._life(plan, team, sent, place + 1),
            public_id=identity,
            document_class_id=row.pk,
            title=row.name,
            document_number=f"{plan.code}-{code}",
            document_date=sent.date(),
            hand_over_body=team.body.name if code[0] == "F" else "",
        )
        self.store[DocumentFile].add(
            document_id=key, order=0, file_id=self._file(plan, team, row.name, sent)
        )
        named = (Document.record_type, identity, 1)
        state = "submitted" if waits else "approved"
        self._decide(plan, team, (Document, named, key), row.name, sent, state)

    def _decide(
        self,
        plan: Plan,
        team: Team,
        record: tuple[Any, Named, int],
        title: str,
        sent: datetime.datetime,
        state: str,
    ) -> None:
        """Collect the way of a version to its state: submitted, or decided a day later."""
        model, named, key = record
        decided = None if state == "submitted" else sent + DAY
        if model is Drawing:
            confirmed = sent + DAY / 2 if decided else None
            log_approval(self.store, project_id=plan.id, record=named, title=title, team=team,
                         moments=(sent, confirmed, decided))  # fmt: skip
        else:
            role = Role.OFFICER if model is Camera else Role.SUPERVISOR
            decision = ("approve", "approved", decided) if decided else None
            decide(self.store, plan, team, record=named, title=title, line=("approve", role),
                   sent=sent, decision=decision)  # fmt: skip
        self.store.decided[model].append((key, state, decided))

    def _add_points(self, plan: Plan, team: Team) -> None:
        last = plan.last_report or self.store.today
        for number, (name, direction) in enumerate(POINTS):
            self.store[FixedPoint].add(
                public_id=public_id(at(last, 500), dice("point", plan.number, name)),
                project_id=plan.id,
                name=name,
                longitude=round(plan.site.longitude + 0.0004 * number, 6),
                latitude=plan.site.latitude,
                direction=direction,
            )
            self._add_series(plan, team, name, number)

    def _add_series(self, plan: Plan, team: Team, name: str, number: int) -> None:
        first = plan.first_report or self.store.today
        length = max(1, ((plan.last_report or first) - first).days)
        for step in range(4):
            category = "before" if step == 0 else "during"
            if step == 3 and plan.completed:
                category = "after"
            scene = {"before": "before", "after": "after"}.get(category, "machine")
            taken = at(first + DAY * (length * step // 4), 600 + number * 5)
            picture = self.album.picture(scene, plan.number + step + number)
            add_photo(self.store, picture, plan, team, taken=taken, caption=f"{name} {step + 1}회",
                      activity="정점 촬영", category=category, series=name)  # fmt: skip

    def _add_cameras(self, plan: Plan, team: Team) -> None:
        """Collect two cameras; the second of every other site is switched off at present."""
        sent = self._sent(plan, 40, late=False)
        for number, place in enumerate(CAMERAS):
            identity = public_id(sent, dice("camera", plan.number, number))
            is_off = number == 1 and plan.number % 2 == 1
            name = f"{number + 1}번 카메라"
            key = self.store[Camera].add(
                **self._life(plan, team, sent, number + 1),
                public_id=identity,
                name=name,
                place=place,
                longitude=plan.site.longitude,
                latitude=plan.site.latitude,
                operation_hours="07:00~18:00",
                purpose="공사 진행 상황 공개",
                notice="발주청이 운영하며 저해상도로만 공개합니다(지어낸 안내).",
                archive_place="현장사무소 녹화기",
                offline_note="타워크레인 해체 작업 중" if is_off else "",
            )
            self._add_snapshots(plan, team, key, f"{name} 화면", number)
            named = (Camera.record_type, identity, 1)
            self._decide(plan, team, (Camera, named, key), name, sent, "approved")
            if is_off:
                self._switch_off(plan, team, named, key)

    def _add_snapshots(self, plan: Plan, team: Team, key: int, caption: str, number: int) -> None:
        last = plan.last_report or self.store.today
        for order in range(2):
            taken = at(last - DAY * (7 * (1 - order)), 720 + number)
            picture = self.album.picture("machine", plan.number + order + 2 * number)
            photo = add_photo(self.store, picture, plan, team, taken=taken, caption=caption,
                              activity="현장 카메라", category="during")  # fmt: skip
            self.store[CameraSnapshot].add(camera_id=key, order=order, photo_id=photo)

    def _switch_off(self, plan: Plan, team: Team, named: Named, key: int) -> None:
        agent = team.people[Role.SITE_AGENT]
        log(self.store, project_id=plan.id, record=named, action="switch_off",
            change=("approved", "suspended"), by=(agent.id, str(Role.SITE_AGENT)),
            moment=at(self.store.today - DAY, 480))  # fmt: skip
        _key, _state, decided = self.store.decided[Camera].pop()
        self.store.decided[Camera].append((key, "suspended", decided))
