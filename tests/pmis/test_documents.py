"""Drawings, documents, stored files, folders: their lives, their readers, what leaves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from ccs.lib.identity import new_public_id
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.demo.pdfs import pdf_of
from pmis.models import Document, DocumentStage, Drawing, Project, RecordReading, StoredFile
from pmis.roles import Role
from pmis.services import filing
from pmis.services.approvals import perform
from pmis.services.records import correct_record
from pmis.services.search import search
from pmis.services.stored_files import plain_name, read_text, store_file
from tests.factories.ccs import UserFactory
from tests.factories.documents import (
    DOCUMENT_LINE,
    DRAWING_LINE,
    approved,
    camera,
    document,
    drawing,
    office_file,
    stored_pdf,
    upload,
)
from tests.factories.pmis import Site

AsUser = Callable[[User], Client]


# -- Files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sheet.dwg", b"AC1032" + bytes(64)),
        ("sheet.dxf", b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n"),
        ("report.docx", office_file("[Content_Types].xml", "word/document.xml")),
        ("table.xlsx", office_file("[Content_Types].xml", "xl/workbook.xml")),
        ("list.csv", "품명,수량\n".encode()),
    ],
)
def test_files_of_the_permitted_types_are_kept(site: Site, name: str, content: bytes) -> None:
    stored = store_file(project=site.project, file=upload(name, content), by=site[Role.ENGINEER])
    assert (stored.name, stored.size, stored.pages) == (name, len(content), None)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.exe", b"MZ"),
        ("page.html", b"<html>"),
        ("sheet.dwg", b"MZ" + bytes(64)),
        ("report.docx", b"%PDF-1.5"),
        ("report.docx", office_file("xl/workbook.xml")),
        ("macro.xlsx", office_file("xl/workbook.xml", "xl/vbaProject.bin")),
        ("plan.pdf", b"<html><script>"),
        ("plan.pdf", b"%PDF-1.5 cut off"),
        ("many.pdf", pdf_of(["x"]).replace(b"/Count 1", b"/Count 99999")),
        ("runs.pdf", pdf_of(["x"]).replace(
            b"/Type /Catalog", b"/OpenAction << /S /JavaScript /JS (x) >> /Type /Catalog")),
        ("photo.png", b"\xff\xd8\xff" + bytes(64)),
        ("text.txt", b"\x00\x01"),
    ],
)  # fmt: skip
def test_other_files_are_refused_with_a_sentence(site: Site, name: str, content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        store_file(project=site.project, file=upload(name, content), by=site[Role.ENGINEER])
    assert refused.value.messages[0].startswith(name)
    assert not StoredFile.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(site: Site, settings: Any) -> None:
    settings.DOCUMENT_MAX_BYTES = 10
    with pytest.raises(ValidationError):
        stored_pdf(site)


def test_who_writes_nothing_stores_nothing(site: Site) -> None:
    with pytest.raises(RoleNotAllowed):
        store_file(project=site.project, file=upload("a.txt", b"a"), by=site[Role.AUDITOR])


def test_names_of_files_lose_folders_and_hidden_signs() -> None:
    assert plain_name("../../etc/passwd.pdf") == "passwd.pdf"
    assert plain_name("C:\\temp\\도면.dwg") == "도면.dwg"
    assert plain_name("a\u202egpj.exe") == "agpj.exe"
    assert len(plain_name("가" * 300 + ".pdf")) == 200


def test_a_file_is_a_sealed_download_and_its_reader_is_proved(
    site: Site, other_site: Site, as_user: AsUser
) -> None:
    row = drawing(site)
    stored = row.files.get().file
    url = reverse("pmis:stored-file", args=[stored.public_id])
    response = as_user(site[Role.SUBCONTRACTOR]).get(url)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    proof = RecordReading.objects.get(file=stored)
    assert (proof.user, proof.record_public_id) == (site[Role.SUBCONTRACTOR], row.public_id)
    assert as_user(other_site[Role.OFFICER]).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_a_file_that_no_record_names_is_its_uploaders(site: Site, as_user: AsUser) -> None:
    url = reverse("pmis:stored-file", args=[stored_pdf(site).public_id])
    assert as_user(site[Role.SITE_AGENT]).get(url).status_code == 200
    assert as_user(site[Role.OFFICER]).get(url).status_code == 404


def test_a_chosen_file_is_stored_at_once_and_named_by_the_draft(
    site: Site, as_user: AsUser
) -> None:
    client = as_user(site[Role.SITE_AGENT])
    url = reverse("pmis:drawing-write", args=[site.project.public_id, new_public_id()])
    sent = {"drawing_number": "C-7", "attach": "1", "files": upload("평면도.pdf", pdf_of(["x"]))}
    response = client.post(url, sent, follow=True)
    stored = StoredFile.objects.get()
    page = response.content.decode()
    assert "평면도.pdf" in page
    assert str(stored.public_id) in page
    assert 'value="C-7"' in page
    client.post(url, {"drawing_number": "C-7", "title": "평면도", "save": "1",
                      "discipline": "civil", "drawing_status": "for_construction",
                      "retention_class": "permanent",
                      "files-0-file": str(stored.public_id)})  # fmt: skip
    assert Drawing.objects.get().files.get().file == stored


# -- Drawings -----------------------------------------------------------------------------------


def test_a_new_revision_supersedes_the_one_before(site: Site, as_user: AsUser) -> None:
    first = approved(site, drawing(site, recipient=site.firms["subcontractor"]), *DRAWING_LINE)
    second = correct_record(record=first, reason="배근 변경", by=site[Role.SITE_AGENT])
    assert second.files.get().file == first.files.get().file
    page = as_user(site[Role.SITE_AGENT]).get(
        reverse("pmis:drawing-detail", args=[first.public_id])
    )
    assert reverse("pmis:drawing-version", args=[first.public_id, 1]) in page.content.decode()
    second = approved(site, second, *DRAWING_LINE)
    first.refresh_from_db()
    assert (first.state, second.state) == ("superseded", "approved")


def test_the_page_says_which_firm_has_not_opened_the_revision(site: Site, as_user: AsUser) -> None:
    firm = site.firms["subcontractor"]
    row = approved(site, drawing(site, recipient=firm), *DRAWING_LINE)
    url = reverse("pmis:drawing-detail", args=[row.public_id])
    officer = as_user(site[Role.OFFICER])
    assert [one["has_read"] for one in officer.get(url).context["recipients"]] == [False]
    as_user(site[Role.SUBCONTRACTOR]).get(url)
    as_user(site[Role.SUBCONTRACTOR]).get(url)
    shown = officer.get(url).context
    assert [one["has_read"] for one in shown["recipients"]] == [True]
    assert [one["firm"] for one in shown["readings"]].count(firm) == 1


def test_a_drawing_needs_number_title_date_and_file(site: Site) -> None:
    row = Drawing.objects.create(project=site.project, author=site[Role.SITE_AGENT])
    with pytest.raises(ValidationError) as missing:
        perform(subject=row, action="submit", by=site[Role.SITE_AGENT])
    assert {"drawing_number", "title", "issued_date"} <= set(missing.value.message_dict)


def test_a_number_is_given_once_per_project_and_status(site: Site) -> None:
    approved(site, drawing(site), *DRAWING_LINE)
    with pytest.raises(ValidationError):
        approved(site, drawing(site), *DRAWING_LINE)
    approved(site, drawing(site, drawing_status="as_built"), *DRAWING_LINE)
    rival = drawing(site)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pmis_drawing SET state = 'approved', approved_at = now() WHERE id = %s",
            [rival.pk],
        )


# -- Documents ----------------------------------------------------------------------------------


def missing_in(project: Project) -> list[filing.Missing]:
    """Return what a project lacks, in Korean."""
    with translation.override("ko"):
        return filing.missing_documents(project)


def test_the_demanded_documents_are_missing_until_they_are_in_force(site: Site) -> None:
    before = {row.name for row in missing_in(site.project)}
    assert {"안전관리계획서", "공사예정공정표", "현장대리인 선임계"} <= before
    row = document(site)
    begun = {one.name: one.is_begun for one in missing_in(site.project)}
    assert begun["안전관리계획서"]
    approved(site, row, *DOCUMENT_LINE)
    site.schedule("approved")
    after = {one.name for one in missing_in(site.project)}
    assert before - after == {"안전관리계획서", "공사예정공정표"}


def test_stages_that_are_still_to_come_demand_nothing(site: Site) -> None:
    stages = {row.stage for row in missing_in(site.project)}
    assert DocumentStage.COMMENCEMENT in stages
    assert DocumentStage.COMPLETION not in stages
    site.project.state = "planned"
    assert missing_in(site.project) == []
    site.project.state = "completed"
    missing = missing_in(site.project)
    assert "준공도면" in {row.name for row in missing}
    assert {row.owed_by for row in missing} >= {Role.SITE_AGENT, Role.SUPERVISOR}


def test_what_is_missing_leads_to_its_form_with_the_folder_chosen(
    site: Site, as_user: AsUser
) -> None:
    client = as_user(site[Role.SITE_AGENT])
    page = client.get(reverse("pmis:filing", args=[site.project.public_id]))
    row = next(one for one in missing_in(site.project) if "선임계" in one.name)
    assert page.status_code == 200
    form = client.get(row.url).content.decode()
    assert '<option value="S-02" selected>' in form


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_pages_are_there_in_both_languages(site: Site, as_user: AsUser, language: str) -> None:
    user = site[Role.SUPERVISOR]
    User.objects.filter(pk=user.pk).update(language=language)
    client = as_user(User.objects.get(pk=user.pk))
    row = document(site)
    for name, key in (
        ("filing", site.project.public_id),
        ("hand-over", site.project.public_id),
        ("filed-document-detail", row.public_id),
        ("filed-document-of-project", site.project.public_id),
        ("drawing-detail", drawing(site).public_id),
        ("camera-detail", camera(site).public_id),
    ):
        assert client.get(reverse(f"pmis:{name}", args=[key])).status_code == 200, name


@pytest.mark.parametrize("name", ["drawing", "filed-document", "camera"])
def test_registers_ask_few_questions(site: Site, as_user: AsUser, name: str) -> None:
    make = {"drawing": drawing, "filed-document": document, "camera": camera}[name]
    for number in range(3):
        fields = {"drawing_number": f"C-{number}"} if name == "drawing" else {}
        make(site, **fields)
    client = as_user(site[Role.OFFICER])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(reverse(f"pmis:{name}-of-project", args=[site.project.public_id]))
    assert len(queries) <= 14  # two of them open the session


# -- Search -------------------------------------------------------------------------------------


def test_the_text_of_a_file_is_found_by_two_syllables(site: Site) -> None:
    row = drawing(site)
    stored = row.files.get().file
    assert not search(text="우물통", by=site[Role.OFFICER]).groups
    row.files.all().delete()
    stored = stored_pdf(site, "우물통 기초 굴착 순서도")
    row.files.create(file=stored)
    assert read_text(stored.pk) == "read"
    assert read_text(stored.pk) is None
    groups = search(text="굴착", by=site[Role.OFFICER]).groups
    assert [group.kind.record_type for group in groups] == ["drawing"]
    assert not search(text="굴착", by=UserFactory()).groups


# -- Handing over -------------------------------------------------------------------------------


def test_the_package_holds_the_as_built_set_and_a_list_and_no_way_out(
    site: Site, as_user: AsUser
) -> None:
    approved(site, drawing(site, drawing_status="as_built", title="../../../etc/준공도"),
             *DRAWING_LINE)  # fmt: skip
    approved(site, document(site, "F-02", title="=준공계"), *DOCUMENT_LINE)
    approved(site, document(site, "S-04"), *DOCUMENT_LINE)
    url = reverse("pmis:hand-over-package", args=[site.project.public_id])
    response = as_user(site[Role.OFFICER]).get(url)
    content = b"".join(response.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        names = package.namelist()
        listed = package.read("list.csv").decode("utf-8-sig")
    assert len(names) == 3
    assert all(".." not in name and not name.startswith("/") for name in names)
    assert all(name.count("/") <= 1 for name in names)
    assert "'=준공계" in listed
    assert as_user(site[Role.ENGINEER]).get(url).status_code == 403


# -- Cameras ------------------------------------------------------------------------------------


def test_a_camera_is_switched_off_and_on_and_says_why(site: Site, settings: Any) -> None:
    settings.VIDEO_HOSTS = ["video.city.example"]
    row = camera(site, view_url="https://elsewhere.example/1")
    with pytest.raises(ValidationError):
        perform(subject=row, action="submit", by=site[Role.SITE_AGENT])
    row.view_url = "https://video.city.example/1"
    row.save()
    row = approved(site, row, ("approve", Role.OFFICER))
    with pytest.raises(ValidationError):
        perform(subject=row, action="switch_off", by=site[Role.SITE_AGENT])
    fields = {"offline_note": "전원 공사"}
    row = perform(subject=row, action="switch_off", by=site[Role.SITE_AGENT], fields=fields)
    assert (row.state, row.offline_note) == ("suspended", "전원 공사")
    row = perform(subject=row, action="switch_on", by=site[Role.SITE_AGENT])
    assert (row.state, row.offline_note) == ("resumed", "")


def test_a_document_classified_non_public_is_not_in_the_source_view(site: Site) -> None:
    open_one = approved(site, document(site), *DOCUMENT_LINE)
    closed = approved(site, document(site, "S-05", non_public_ground="G7"), *DOCUMENT_LINE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT public_id, body::text FROM allimi_source_filed_document")
        found = dict(cursor.fetchall())
    assert open_one.public_id in found
    assert closed.public_id not in found
    assert str(open_one.files.get().file.public_id) not in found[open_one.public_id]
    assert Document.objects.approved().count() == 2
