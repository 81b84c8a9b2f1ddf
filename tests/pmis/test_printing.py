"""Documents and spreadsheets: set right in five scripts, the same bytes again, never evaluated."""

from __future__ import annotations

import datetime
import hashlib
import io
import itertools
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import openpyxl
import pypdf
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pypdf.generic import ContentStream

from ccs.lib.codes import ALPHABET, as_code, check_letter, grouped, new_code
from ccs.models import User
from pmis.models import DailyReport, IssuedCopy, IssuedDocument, RecordState
from pmis.printing import typesetting
from pmis.printing.documents import record_content
from pmis.printing.spreadsheets import spreadsheet
from pmis.printing.tables import UPRIGHT, Table, layout, needs_landscape
from pmis.printing.typesetting import TypesettingFailed, Verbatim, typeset
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.services.documents import issue_record
from pmis.services.records import correct_record
from pmis.views import register_files
from tests.factories.pmis import DailyReportFactory, Site

SignIn = Callable[[User], Client]
#: One line of each language that documents are set in.
LINES = {
    "ko": "3번 교각 거더 거치 20 ㎡, 담당 金哲洙",
    "en": "Girder of pier 3 placed",
    "th": "ผู้ควบคุมงานตรวจน้ำมันเชื้อเพลิงที่นี่",
    "vi": "Nhật ký công trường: kiểm tra chất lượng",
    "ar": "تقرير يومي عن أعمال الموقع",
}
HOSTILE = (
    '#eval("1+1")',
    '#read("/etc/passwd")',
    '#import "@preview/x:1.0.0": *',
    "*b* _i_ $x$ `c` <label> @ref // gone",
    '"); #panic("x") (',
    "\\u{41} #sys.inputs",
)
QR = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'


def content(**parts: Any) -> dict[str, Any]:
    """Return a small document."""
    words = ("code", "page", "approval", "nothing", "verify", "scan", "qr_alt", "issued")
    return {
        "language": "ko",
        "direction": "ltr",
        "landscape": False,
        "title": "공사일보",
        "body": "성동구청",
        "project": "보행교 · P-1",
        "marks": [["번호", "12"]],
        "notes": [],
        "boxes": [],
        "sections": [],
        "tables": [],
        "words": dict.fromkeys(words, "x") | {"page": "{page}/{pages}"},
        "code": Verbatim("7K3F-9QXM-2B4T-H8RC"),
        "address": Verbatim("https://works.example/ko/verify/"),
        "qr": Verbatim(QR),
        "issued": [2026, 11, 22, 10, 0, 0],
        **parts,
    }


def facts(*lines: str) -> dict[str, Any]:
    return content(sections=[{"heading": "", "facts": [["글", line] for line in lines]}])


# -- Reading a PDF as screen readers and searches do ---------------------------------------------


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF in the order of writing.

    Honours ActualText (ISO 32000-1, 14.9.4): where glyphs are no letters of their own, as Thai
    marks and joined Arabic, the text stands there.
    """
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return "\n".join("".join(_logical(_page(page, reader))) for page in reader.pages)


def _logical(pieces: Iterable[str]) -> Iterator[str]:
    """Turn lines written from right to left, which stand in the order of drawing, back."""
    for is_arabic, run in itertools.groupby(pieces, _is_arabic):
        letters = list(run)
        yield from reversed(letters) if is_arabic else letters


def _is_arabic(piece: str) -> bool:
    return any(unicodedata.bidirectional(letter) == "AL" for letter in piece)


def _page(page: pypdf.PageObject, reader: pypdf.PdfReader) -> Iterator[str]:
    fonts = {
        name: _letters(font.get_object()["/ToUnicode"].get_data())
        for name, font in page["/Resources"]["/Font"].items()
    }
    letters: dict[int, str] = {}
    marks: list[bool] = []
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator == b"Tf":
            letters = fonts[operands[0]]
        elif operator in (b"BDC", b"BMC"):
            actual = operands[1].get("/ActualText") if len(operands) > 1 else None
            if actual is not None and not any(marks):
                yield str(actual)
            marks.append(actual is not None)
        elif operator == b"EMC":
            marks.pop()
        elif operator in (b"Tj", b"TJ") and not any(marks):
            pieces = operands[0] if operator == b"TJ" else operands
            for piece in pieces:
                if hasattr(piece, "original_bytes"):
                    yield from _decoded(piece.original_bytes, letters)


def _decoded(codes: bytes, letters: dict[int, str]) -> Iterator[str]:
    for place in range(0, len(codes), 2):
        yield letters.get(int.from_bytes(codes[place : place + 2], "big"), "")


def _letters(table: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for line in table.decode("ascii").splitlines():
        parts = line.replace("<", " ").replace(">", " ").split()
        if len(parts) == 2 and line.startswith("<"):
            found[int(parts[0], 16)] = bytes.fromhex(parts[1]).decode("utf-16-be")
        elif len(parts) == 3 and line.startswith("<"):
            first, last = int(parts[0], 16), int(parts[1], 16)
            for code in range(first, last + 1):
                found[code] = chr(int(parts[2], 16) + code - first)
    return found


def plain(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())


# -- Typesetting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LINES)
def test_every_script_can_be_read_out_of_the_document(language: str) -> None:
    right = language == "ar"
    pdf = typeset(
        "official.typ",
        facts(*LINES.values())
        | {"language": language, "direction": "rtl" if right else "ltr", "title": LINES[language]},
    )
    found = plain(text_of(pdf))
    for line in LINES.values():
        assert all(plain(word) in found for word in line.split()), line


def test_untrusted_text_is_shown_and_never_evaluated() -> None:
    found = plain(text_of(typeset("official.typ", facts(*HOSTILE))))
    for line in HOSTILE:
        assert plain(line) in found
    assert "root:" not in found


def test_hostile_text_is_harmless_in_every_place_of_a_document() -> None:
    word = '#eval("1+1")'
    box = dict.fromkeys(("role", "name", "position", "decision", "note", "at"), word)
    table = {
        "heading": word,
        "headings": [word],
        "kinds": ["text"],
        "widths": [[9, "fr"]],
        "rows": [[word]],
    }
    pdf = typeset(
        "official.typ",
        content(
            title=word,
            body=word,
            project=word,
            marks=[[word, word]],
            notes=[word],
            boxes=[box],
            sections=[{"heading": word, "facts": [[word, word]]}],
            tables=[table],
        ),
    )
    assert plain(text_of(pdf)).count(word) == 18


def test_the_same_content_gives_the_same_bytes() -> None:
    assert typeset("official.typ", facts("가")) == typeset("official.typ", facts("가"))


def test_a_document_is_tagged_and_fit_for_the_archive() -> None:
    pdf = typeset("official.typ", facts(*LINES.values()))
    assert b"pdfaid:part" in pdf and b"pdfuaid:part" in pdf
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"].startswith("ko")


def test_letters_without_a_font_and_endless_words_are_no_failure() -> None:
    found = text_of(typeset("official.typ", facts("🏗 ខ្មែរ", "a" * 900, "\x00\x07가\ud800")))
    assert plain(found).count("a" * 900) == 1
    assert "가" in found


def test_lines_of_a_text_stay_lines() -> None:
    reader = pypdf.PdfReader(io.BytesIO(typeset("official.typ", facts("one\ntwo\r\nthree"))))
    shown = reader.pages[0].extract_text(extraction_mode="layout")
    assert [word for word in shown.split() if word in ("one", "two", "three")]
    assert not any("one" in line and "two" in line for line in shown.splitlines())


@pytest.mark.parametrize(
    ("limit", "value"), [("WALL_SECONDS", 0.01), ("MEMORY_BYTES", 60 * 1024**2)]
)
def test_a_document_beyond_its_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(typesetting, limit, value)
    with pytest.raises(TypesettingFailed):
        typeset("official.typ", facts("가"))


def test_short_columns_keep_their_width_and_long_ones_share_the_rest() -> None:
    table = Table("", ["No.", "내용"], [["1", "가" * 300]], [True, False])
    assert layout(table, room=UPRIGHT) == [(35.5, "pt"), (42, "fr")]
    assert not needs_landscape(table)
    many = Table("", ["가나다라마바사아"] * 20, [], [False] * 20)
    assert needs_landscape(many)
    assert layout(many, room=UPRIGHT) == [(16, "fr")] * 20
    assert layout(Table("", ["a"], [], [False]), room=UPRIGHT) == [(5, "fr")]


# -- Codes ---------------------------------------------------------------------------------------


def test_a_code_is_read_as_people_copy_it() -> None:
    code = new_code()
    assert len(code) == 16 and set(code) <= set(ALPHABET)
    shown = grouped(code)
    for typed in (shown, shown.lower(), shown.replace("-", " "), f" {shown} ", code):
        assert as_code(typed) == code
    letters = "101010101010101"
    confused = (letters + check_letter(letters)).replace("1", "l").replace("0", "O")
    assert as_code(confused) == letters + check_letter(letters)
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    assert as_code(full_width) == code
    arabic = code.translate({ord(str(digit)): 0x0660 + digit for digit in range(10)})
    assert as_code(arabic) == code


def test_one_wrong_letter_or_two_that_changed_places_are_noticed() -> None:
    code = new_code()
    for place in range(16):
        for letter in ALPHABET:
            if letter != code[place]:
                assert as_code(code[:place] + letter + code[place + 1 :]) is None
    for place in range(15):
        one, other = code[place], code[place + 1]
        if one != other:
            assert as_code(code[:place] + other + one + code[place + 2 :]) is None


@pytest.mark.parametrize("text", ["", "7K3F", "x" * 500, "ABCD-EFGH-JKMN-PQR*", "가" * 16])
def test_what_is_no_code_is_refused(text: str) -> None:
    assert as_code(text) is None


# -- Documents of records ------------------------------------------------------------------------


def _content(record: DailyReport) -> dict[str, Any]:
    return record_content(REGISTRY["daily_report"], record)


def _pdf(client: Client, record: DailyReport) -> bytes:
    answer = client.get(reverse("pmis:daily-report-pdf", args=[record.public_id]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    return answer.content


def test_a_record_is_printed_with_its_way_its_code_and_its_content(
    site: Site, as_user: SignIn
) -> None:
    report = site.report(RecordState.APPROVED)
    pdf = _pdf(as_user(site[Role.OFFICER]), report)
    document = IssuedDocument.objects.get()
    assert document.sha256 == hashlib.sha256(pdf).hexdigest()
    assert (document.record_public_id, document.version_no) == (report.public_id, 1)
    assert (document.number, document.is_approved) == (report.number, True)
    assert (document.by, document.role) == (site[Role.OFFICER], Role.OFFICER)
    found = plain(text_of(pdf))
    for text in (
        site.project.name,
        site.project.code,
        site.project.ordering_body.name,
        grouped(document.code),
        settings.SITE_URL,
        report.work_summary,
        *(str(site[role]) for role in (Role.SITE_AGENT, Role.SUPERVISOR, Role.OFFICER)),
    ):
        assert plain(str(text)) in found, text


def test_equal_content_gives_the_same_document_to_everybody(site: Site, as_user: SignIn) -> None:
    report = site.report(RecordState.APPROVED)
    first = _pdf(as_user(site[Role.OFFICER]), report)
    assert _pdf(as_user(site[Role.SITE_AGENT]), report) == first
    document = IssuedDocument.objects.get()
    copies = IssuedCopy.objects.filter(document=document).order_by("id")
    assert [(copy.by, copy.role) for copy in copies] == [
        (site[Role.OFFICER], Role.OFFICER),
        (site[Role.SITE_AGENT], Role.SITE_AGENT),
    ]


def test_changed_content_and_another_language_are_other_documents(site: Site) -> None:
    report = site.report()
    by = site[Role.SITE_AGENT]
    first = issue_record(record=report, content=_content(report), by=by)
    report.work_summary = "바닥판 타설"
    second = issue_record(record=report, content=_content(report), by=by)
    with translation.override("ko"):
        third = issue_record(record=report, content=_content(report), by=by)
    codes = {issued.document.code for issued in (first, second, third)}
    assert len(codes) == 3
    assert not first.document.is_approved
    assert third.document.language == "ko"


def test_a_step_not_taken_yet_has_an_empty_box(site: Site) -> None:
    report = site.report(RecordState.CONFIRMED)
    boxes = _content(report)["boxes"]
    assert [bool(box["name"]) for box in boxes] == [True, True, False]
    assert _content(site.report(date=datetime.date(2026, 11, 19)))["boxes"] == []


def test_an_older_version_is_printed_as_the_older_version(site: Site, as_user: SignIn) -> None:
    report = site.report(RecordState.APPROVED)
    newer = correct_record(record=report, reason="오기 정정", by=site[Role.SITE_AGENT])
    site.lead(newer, RecordState.APPROVED)
    address = reverse("pmis:daily-report-version-pdf", args=[report.public_id, 1])
    assert as_user(site[Role.OFFICER]).get(address).status_code == 200
    _pdf(as_user(site[Role.OFFICER]), report)
    assert set(IssuedDocument.objects.values_list("version_no", flat=True)) == {1, 2}
    old = DailyReport.objects.get(public_id=report.public_id, version_no=1)
    assert len(_content(old)["notes"]) == 1


def test_a_stranger_gets_no_document_and_none_is_issued(
    site: Site, other_site: Site, as_user: SignIn
) -> None:
    report = site.report(RecordState.APPROVED)
    stranger = as_user(other_site[Role.OFFICER])
    for name, args in (("pdf", [report.public_id]), ("version-pdf", [report.public_id, 1])):
        assert stranger.get(reverse(f"pmis:daily-report-{name}", args=args)).status_code == 404
    assert not IssuedDocument.objects.exists()


def test_hostile_text_of_a_record_is_printed_as_it_is(site: Site, as_user: SignIn) -> None:
    report = site.report(work_summary=" ".join(HOSTILE))
    found = plain(text_of(_pdf(as_user(site[Role.SITE_AGENT]), report)))
    assert all(plain(line) in found for line in HOSTILE)


def test_a_failing_typesetter_leads_to_the_page_for_printing(
    site: Site, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "WALL_SECONDS", 0.01)
    report = site.report()
    answer = as_user(site[Role.SITE_AGENT]).get(
        reverse("pmis:daily-report-pdf", args=[report.public_id])
    )
    assert answer.url == reverse("pmis:daily-report-print", args=[report.public_id])
    assert not IssuedDocument.objects.exists()


@pytest.mark.parametrize(
    "change", ["UPDATE pmis_issueddocument SET sha256 = 'x'", "DELETE FROM pmis_issuedcopy"]
)
def test_what_was_issued_is_never_changed(site: Site, change: str) -> None:
    report = site.report()
    issue_record(record=report, content=_content(report), by=site[Role.SITE_AGENT])
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


# -- Registers -----------------------------------------------------------------------------------


def _register(client: Client, site: Site | None = None, **query: str) -> Any:
    if site is None:
        return client.get(reverse("pmis:daily-report-list"), query)
    address = reverse("pmis:daily-report-of-project", args=[site.project.public_id])
    return client.get(address, query)


def _sheet(answer: Any) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows(values_only=True))


def test_a_register_becomes_a_spreadsheet_with_real_days_and_no_formula(
    site: Site, as_user: SignIn
) -> None:
    site.report(work_summary="=1+1")
    rows = _sheet(_register(as_user(site[Role.OFFICER]), site, format="xlsx"))
    assert rows[1][0] == datetime.datetime(2026, 11, 20)
    assert "'=1+1" in rows[1]
    assert len(rows) == 2


def test_the_spreadsheet_and_the_document_hold_what_the_screen_holds(
    site: Site, other_site: Site, as_user: SignIn
) -> None:
    for day in (13, 14, 15):
        site.report(date=datetime.date(2026, 11, day))
    other_site.report(work_summary="남의 공사")
    agent = as_user(site[Role.SITE_AGENT])
    assert len(_sheet(_register(agent, format="xlsx"))) == 4
    chosen = {"from_date": "2026-11-14"}
    assert len(_sheet(_register(agent, format="xlsx", **chosen))) == 3
    text = plain(text_of(_register(agent, format="pdf", **chosen).content))
    assert "남의" not in text
    assert "14Nov2026" in text and "13Nov2026" not in text
    assert IssuedDocument.objects.get().kind == IssuedDocument.Kind.REGISTER


def test_a_long_register_prints_its_newest_rows_and_says_so(
    site: Site, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_files, "MOST_PRINTED", 2)
    for day in (3, 4, 5):
        site.report(date=datetime.date(2026, 11, day))
    user = site[Role.OFFICER]
    user.language = "en"
    user.save()
    found = plain(text_of(_register(as_user(user), site, format="pdf").content))
    assert plain("Of 3 rows, the newest 2 are printed.") in found
    document = IssuedDocument.objects.get()
    assert (document.row_count, document.project, document.record_public_id) == (
        2,
        site.project,
        None,
    )


def test_registers_are_written_with_few_queries_whatever_their_length(
    site: Site, as_user: SignIn, django_assert_max_num_queries: Any
) -> None:
    for day in range(1, 15):
        DailyReportFactory(
            project=site.project, author=site[Role.SITE_AGENT], date=datetime.date(2026, 10, day)
        )
    client = as_user(site[Role.OFFICER])
    for form in ("xlsx", "pdf"):
        with django_assert_max_num_queries(22):
            answer = _register(client, site, format=form)
            if answer.streaming:
                _sheet(answer)


def test_a_spreadsheet_of_many_rows_keeps_their_kinds() -> None:
    moment = datetime.datetime(2026, 11, 20, 17, 42)
    rows = ([number, moment, "글", None, True, 10**18] for number in range(3000))
    file = spreadsheet(
        title="[공사]/일보" * 9, headings=list("abcdef"), widths=[9] * 6, rows=rows, is_rtl=True
    )
    sheet = openpyxl.load_workbook(file).active
    assert sheet.max_row == 3001
    assert [cell.value for cell in sheet[2]] == [0, moment, "글", None, True, str(10**18)]
    assert sheet.sheet_view.rightToLeft


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_the_list_of_projects_is_a_register_too(
    site: Site, other_site: Site, as_user: SignIn, form: str
) -> None:
    answer = as_user(site[Role.OFFICER]).get(reverse("pmis:project-list"), {"format": form})
    if form == "pdf":
        text = plain(text_of(answer.content))
    elif form == "xlsx":
        text = str(_sheet(answer))
    else:
        text = b"".join(answer.streaming_content).decode()
    assert site.project.code in text
    assert other_site.project.code not in text
    assert "2,000,000,000" in text if form == "pdf" else "2000000000" in text
