"""Spreadsheets (XLSX) written row by row: a register of 20,000 rows takes no memory."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a sheet's name may not hold, and its length (ECMA-376 leaves both to Excel).
FORBIDDEN_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
LONGEST_NAME = 31
LONGEST_TEXT = 32_767
DAY_FORMAT, MOMENT_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
DAY_WIDTH, WIDEST = 12, 60
#: Larger whole numbers lose digits in a spreadsheet; they are written as text.
LARGEST_EXACT = 10**15


def spreadsheet(
    *,
    title: str,
    headings: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[Any]],
    is_rtl: bool = False,
) -> IO[bytes]:
    """Return a temporary file, at its beginning, that closes with its last reader.

    Cells keep their kind: days, moments and numbers can be counted with. Text is always text;
    `rows` come guarded against formulas, for the day somebody saves the sheet as CSV.
    """
    file = tempfile.TemporaryFile(prefix="register-")  # noqa: SIM115 (the answer closes it)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
        "nan_inf_to_errors": True,
    }
    book = xlsxwriter.Workbook(file, options)
    # The same rows give the same bytes.
    book.set_properties({"title": title, "created": datetime.datetime(2000, 1, 1)})
    formats = {
        "day": book.add_format({"num_format": DAY_FORMAT, "align": "left"}),
        "moment": book.add_format({"num_format": MOMENT_FORMAT, "align": "left"}),
    }
    sheet = book.add_worksheet(title.translate(FORBIDDEN_IN_NAMES).strip()[:LONGEST_NAME] or "1")
    if is_rtl:
        sheet.right_to_left()
    _head(sheet, headings, widths, book.add_format({"bold": True, "bottom": 1}))
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, last, column, value, formats)
    sheet.autofilter(0, 0, last, len(headings) - 1)
    book.close()
    file.seek(0)
    return file


def _head(sheet: Worksheet, headings: Sequence[str], widths: Sequence[int], bold: Format) -> None:
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(WIDEST, max(DAY_WIDTH, width + 2)))
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


def _write(sheet: Worksheet, row: int, column: int, value: Any, formats: dict[str, Format]) -> None:
    match value:
        case None | "":
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | Decimal() | float() if abs(value) < LARGEST_EXACT:
            sheet.write_number(row, column, value)
        case datetime.datetime():
            sheet.write_datetime(row, column, value, formats["moment"])
        case datetime.date():
            sheet.write_datetime(row, column, value, formats["day"])
        case _:
            sheet.write_string(row, column, str(value)[:LONGEST_TEXT])
