"""Small PDFs of the demonstration, the same bytes for the same words; needs no Django."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

#: A page of A4 in points.
WIDTH, HEIGHT = 595, 842


def pdf_of(lines: Sequence[str], *, sheet: bool = False) -> bytes:
    """Return a PDF of one page with these lines; with `sheet`, a frame and axes of a drawing.

    The words use a font of Korean readers (Adobe-Korea1 by Unicode), so that nothing is embedded.
    """
    content = _frame() if sheet else b""
    content += b"BT /F1 12 Tf 60 780 Td 20 TL\n"
    content += b"".join(b"<%s> Tj T*\n" % _hex(line) for line in lines)
    content += b"ET"
    return _file(content)


def _hex(line: str) -> bytes:
    return line.encode("utf-16-be").hex().encode()


@cache
def _frame() -> bytes:
    parts = ["0.8 w", "40 40 515 762 re S", "355 40 200 90 re S"]
    for place in range(5):
        parts.append(f"{90 + 100 * place} 200 m {90 + 100 * place} 640 l S")
        parts.append(f"90 {200 + 110 * place} m 490 {200 + 110 * place} l S")
    return ("\n".join(parts) + "\n").encode()


def _file(content: bytes) -> bytes:
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"/CMapName /Words def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        b"1 beginbfrange <0000> <FFFF> <0000> endbfrange\n"
        b"endcmap end end"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>" % (WIDTH, HEIGHT),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /HYGoThic-Medium /Encoding /UniKS-UTF16-H"
        b" /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HYGoThic-Medium /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 2 >>"
        b" /FontDescriptor 8 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(to_unicode), to_unicode),
        b"<< /Type /FontDescriptor /FontName /HYGoThic-Medium /Flags 6 /ItalicAngle 0 /Ascent 752"
        b" /Descent -271 /CapHeight 737 /StemV 58 /FontBBox [-6 -145 1003 880] >>",
    ]
    target = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(target))
        target += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(target)
    target += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    target += b"".join(b"%010d 00000 n \n" % place for place in places)
    target += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start,
    )  # fmt: skip
    return bytes(target)
