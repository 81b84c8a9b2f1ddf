"""Files, drawings and documents of the tests."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ccs.models import Organization
from pmis.demo.pdfs import pdf_of
from pmis.models import Camera, Document, DocumentClass, Drawing, StoredFile
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.stored_files import store_file
from tests.factories.pmis import Site


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """Return a file as a form sends it."""
    return SimpleUploadedFile(name, content)


def office_file(*names: str) -> bytes:
    """Return a zipped package with these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name in names:
            package.writestr(name, "x")
    return target.getvalue()


def stored_pdf(site: Site, *lines: str, name: str = "도면.pdf") -> StoredFile:
    """Return a stored PDF that says `lines`."""
    file = upload(name, pdf_of(list(lines or ("교각 기초 상세도",))))
    return store_file(project=site.project, file=file, by=site[Role.SITE_AGENT])


def drawing(site: Site, *, recipient: Organization | None = None, **fields: Any) -> Drawing:
    """Return a draft drawing of the site agent that could be submitted."""
    fields = {
        "drawing_number": "C-101",
        "title": "교각 기초 상세도",
        "sheet_revision": "A",
        "issued_date": datetime.date(2026, 10, 1),
        **fields,
    }
    row = Drawing.objects.create(project=site.project, author=site[Role.SITE_AGENT], **fields)
    row.files.create(file=stored_pdf(site))
    if recipient is not None:
        row.recipients.create(organization=recipient)
    return row


def document(site: Site, code: str = "S-04", **fields: Any) -> Document:
    """Return a draft document of the site agent that could be submitted."""
    fields = {
        "document_class": DocumentClass.objects.get(code=code),
        "title": "안전관리계획서",
        "document_date": datetime.date(2026, 10, 1),
        **fields,
    }
    row = Document.objects.create(project=site.project, author=site[Role.SITE_AGENT], **fields)
    row.files.create(file=stored_pdf(site, name="계획서.pdf"))
    return row


def camera(site: Site, **fields: Any) -> Camera:
    """Return a draft camera of the site agent that could be submitted."""
    fields = {
        "name": "1번 카메라",
        "place": "시점부 가설사무소 지붕",
        "operation_hours": "07:00~18:00",
        "purpose": "공사 진행 공개",
        "notice": "발주청이 운영합니다",
        "archive_place": "현장사무소 녹화기",
        **fields,
    }
    return Camera.objects.create(project=site.project, author=site[Role.SITE_AGENT], **fields)


def approved(site: Site, record: Any, *actions: tuple[str, str]) -> Any:
    """Lead a draft into force by the real steps: submit, then (action, role) each."""
    record = perform(subject=record, action="submit", by=site[Role.SITE_AGENT])
    for action, role in actions:
        record = perform(subject=record, action=action, by=site[role])
    return record


DRAWING_LINE = (("confirm", Role.SUPERVISOR), ("approve", Role.OFFICER))
DOCUMENT_LINE = (("approve", Role.SUPERVISOR),)
