"""Issue documents: a PDF with its verification code, and the log of who got it."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

import segno
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.codes import grouped, new_code
from ccs.lib.extensions import announce_change, verification_address
from ccs.lib.formats import format_moment
from ccs.models import User
from ccs.templatetags.formats import city_zone, reader_language
from pmis.models import LOCKED, IssuedCopy, IssuedDocument, Project, Record
from pmis.printing.documents import Content
from pmis.printing.typesetting import Verbatim, release, typeset
from pmis.services.roles import roles_of
from pmis.templatetags.records import role_label

TEMPLATE = "official.typ"


@dataclass(frozen=True)
class Issued:
    """A document that was given out, and its bytes."""

    document: IssuedDocument
    pdf: bytes


def issue_record(*, record: Record, content: Content, by: User) -> Issued:
    """Return the PDF of one version of a record, and log who got it.

    The same content gives the same document: its code, its moment and its bytes.

    Raises:
        TypesettingFailed: no PDF came; nothing was issued.
    """
    digest = _digest(content)
    same = IssuedDocument.objects.filter(
        content_sha256=digest, record_public_id=record.public_id, version_no=record.version_no
    )
    for document in same.select_related("project")[:1]:
        pdf = _set(content, document)
        if hashlib.sha256(pdf).hexdigest() == document.sha256:
            return _handed_out(document, pdf, by=by)
    document = IssuedDocument(
        kind=IssuedDocument.Kind.RECORD,
        record_type=record.record_type,
        record_public_id=record.public_id,
        project=record.project,
        version_no=record.version_no,
        number=record.number,
        is_approved=record.state in LOCKED,
        content_sha256=digest,
    )
    return _issued(document, content, by=by)


def issue_register(
    *, record_type: str, project: Project | None, row_count: int, content: Content, by: User
) -> Issued:
    """Return the PDF of a register as it stands now; each is a document of its own.

    Raises:
        TypesettingFailed: no PDF came; nothing was issued.
    """
    document = IssuedDocument(
        kind=IssuedDocument.Kind.REGISTER,
        record_type=record_type,
        project=project,
        row_count=row_count,
        content_sha256=_digest(content),
    )
    return _issued(document, content, by=by)


def _digest(content: Content) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{release()}\n{text}".encode()).hexdigest()


def _issued(document: IssuedDocument, content: Content, *, by: User) -> Issued:
    document.code = new_code()
    document.language = reader_language()
    document.issued_at = timezone.now().replace(microsecond=0)
    document.by = by
    document.role = _role_of(by, document.project)
    pdf = _set(content, document)
    document.sha256 = hashlib.sha256(pdf).hexdigest()
    return _handed_out(document, pdf, by=by)


@transaction.atomic
def _handed_out(document: IssuedDocument, pdf: bytes, *, by: User) -> Issued:
    if document.pk is None:
        document.save(force_insert=True)
        announce_change()
    IssuedCopy.objects.create(document=document, by=by, role=_role_of(by, document.project))
    return Issued(document, pdf)


def _role_of(user: User, project: Project | None) -> str:
    """Return the role in which a person takes a document: in the project, else in the office."""
    held = roles_of(user, project) if project is not None else {}
    return next(iter(held), user.office_role)


def _set(content: Content, document: IssuedDocument) -> bytes:
    address = verification_address(grouped(document.code))
    moment = document.issued_at.astimezone(datetime.UTC)
    return typeset(
        TEMPLATE,
        {
            **content,
            "code": Verbatim(grouped(document.code)),
            "address": Verbatim(verification_address("")),
            "qr": Verbatim(_square_code(address)),
            "issued": [*moment.timetuple()[:6]],
            "words": {**content["words"], "issued": _issued_words(document, content["body"])},
        },
    )


def _issued_words(document: IssuedDocument, body: str) -> str:
    """Return by whom and when it was issued, as its last line says it."""
    facts: dict[str, Any] = {
        "moment": format_moment(document.issued_at, reader_language(), city_zone()),
        "body": body,
        "role": role_label(document.role),
    }
    if document.role:
        return _("Issued on %(moment)s by: %(role)s (%(body)s).") % facts
    return _("Issued on %(moment)s (%(body)s).") % facts


def _square_code(address: str) -> str:
    """Return a QR code as SVG that survives a bad copy (error level M)."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()
