"""Tables of documents and spreadsheets: rows of texts, and how wide their columns should be."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

#: Of a column, in letters: so that a number keeps its heading and a long text leaves room.
NARROWEST, WIDEST = 5, 42
#: Rows that are measured; a register's further rows look like its first.
MEASURED = 200


@dataclass(frozen=True)
class Table:
    """Rows of texts under headings; numbers stand flush right."""

    heading: str
    headings: list[str]
    rows: list[list[str]]
    is_number: list[bool]


def layout(table: Table) -> list[int]:
    """Return the width of each column in letters."""
    columns = zip(table.headings, *table.rows[:MEASURED], strict=True)
    return [
        min(WIDEST, max(NARROWEST, *(_longest_line(text) for text in texts))) for texts in columns
    ]


def _longest_line(text: str) -> int:
    return max((_letters(line) for line in text.split("\n")), default=0)


def _letters(line: str) -> int:
    """Return the width of a line; Korean and Han letters take two places."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
