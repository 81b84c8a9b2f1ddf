"""A record as an official document."""

from __future__ import annotations

import logging
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pmis.printing.documents import record_content
from pmis.printing.typesetting import TypesettingFailed
from pmis.services.documents import issue_record
from pmis.views.records import RecordView
from pmis.views.register_files import named, pdf_answer

log = logging.getLogger(__name__)


class RecordPdfView(RecordView):
    """A version of a record as an official document with a verification code."""

    def get(
        self, request: HttpRequest, public_id: UUID, version_no: int | None = None
    ) -> HttpResponse:
        """Issue the document to whoever may see the record."""
        record = self.record_or_404(public_id, version_no)
        content = record_content(self.type, record)
        try:
            with named(request):
                issued = issue_record(record=record, content=content, by=request.user)
        except TypesettingFailed:
            log.exception("No PDF of %s %s", self.type.record_type, public_id)
            messages.error(request, _("The PDF could not be made. Print the page instead."))
            return redirect(self.url("print", public_id))
        return pdf_answer(issued, f"{self.type.slug}-{record.number or record.public_id}")
