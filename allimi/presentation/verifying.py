"""What everyone may learn about an issued document by its code or by its bytes."""

from __future__ import annotations

import datetime
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.models import PublishedDocument, PublishedRecord, PublishedVersion
from allimi.presentation.reading import Named, names_of, record_url, title_language, title_of
from allimi.presentation.vocabulary import kind_label, role_label
from ccs.lib.codes import as_code
from ccs.lib.formats import format_day

SHA256 = re.compile(r"[0-9a-f]{64}")
#: What people copy before the digits, from sha256sum or a certificate.
PREFIX = re.compile(r"^sha-?256\s*[:=]?\s*", re.I)
_LONGEST_INPUT = 200


@dataclass(frozen=True)
class Verification:
    """What is known of one issued document; `record` only as far as it is public now."""

    document: PublishedDocument
    #: Whether the bytes of the file were compared, or only the code on it.
    is_same_file: bool
    issued_by: str
    body: Named | None
    project: Named | None = None
    record: Named | None = None
    kind: str = ""
    is_withdrawn: bool = False
    withdrawn_at: datetime.datetime | None = None
    newest_version: int | None = None

    @property
    def is_public(self) -> bool:
        """Whether a record stands behind the document that everyone may read."""
        return self.record is not None and not self.is_withdrawn

    @property
    def is_newest(self) -> bool:
        """Whether no newer version of the record is public."""
        return self.newest_version is None or self.newest_version <= self.document.version_no

    @property
    def was_early(self) -> bool:
        """Whether the document shows a public record as it was before its approval."""
        return self.is_public and not self.document.is_approved

    @property
    def tone(self) -> str:
        """Return the flag of the answer: ok, watch or late."""
        if self.is_withdrawn:
            return "late"
        return "ok" if self.is_newest and not self.was_early else "watch"


def key_of(text: str) -> str | None:
    """Return the code or the SHA-256 that a person gave, as it stands in addresses, else None."""
    text = text[:_LONGEST_INPUT].strip()
    digest = PREFIX.sub("", text).replace(" ", "").lower()
    return digest if SHA256.fullmatch(digest) else as_code(text)


def verification_of(key: str) -> Verification | None:
    """Return what is known of the document with this code or SHA-256, None where none is."""
    is_file = bool(SHA256.fullmatch(key))
    if is_file:
        wanted: dict[str, Any] = {"sha256": key}
    else:
        wanted = {"code_sha256": hashlib.sha256(key.encode()).hexdigest()}
    document = PublishedDocument.objects.filter(**wanted).first()
    if document is None:
        return None
    names = names_of([document.ordering_body, document.project_public_id])
    common = {
        "document": document,
        "is_same_file": is_file,
        "issued_by": role_label(document.role) if document.role else _("a person of the office"),
        "body": names.get(str(document.ordering_body)),
        "project": names.get(str(document.project_public_id)),
    }
    if document.kind == PublishedDocument.Kind.REGISTER:
        return Verification(**common, kind=kind_label(document.record_type))
    return Verification(**common, **_record_facts(document))


def _record_facts(document: PublishedDocument) -> dict[str, Any]:
    """Return what the record's own pages say; nothing where the record never was public.

    SECURITY: all of it comes from published rows, so that the answer about a record that is not
    public holds no more than number, version and moment of the document.
    """
    record = PublishedRecord.objects.filter(
        public_id=document.record_public_id, kind=document.record_type
    ).first()
    if record is None:
        return {}
    kind = kind_label(record.kind)
    if record.is_withdrawn:
        link = Named(kind, record_url(record), "", record.kind)
        return {
            "record": link,
            "kind": kind,
            "is_withdrawn": True,
            "withdrawn_at": record.published_at,
        }
    newest = PublishedVersion.objects.filter(public_id=record.public_id).aggregate(
        newest=Max("source_version")
    )
    title = title_of(record)
    language = title_language(record) if title else ""
    # A daily report has no title: its day names it.
    label = title or format_day(record.sort_date, get_language() or "")
    return {
        "record": Named(label, record_url(record), language, record.kind),
        "kind": kind,
        "newest_version": newest["newest"],
    }
