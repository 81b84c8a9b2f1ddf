"""Tables of documents and spreadsheets: rows of texts, and how wide their columns should be."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

#: Of a column, in letters: so that a number keeps its heading and a long text leaves room.
NARROWEST, WIDEST = 5, 42
#: Columns of at most so many letters keep their width; the longer ones share what is left.
SHORT = 16
#: Of a letter of the table's size, and of the space around a cell, in points: generous, as a
#: number that does not fit would run into its neighbour.
LETTER, AROUND = 5.0, 10.5
#: Room for a table, in points: A4 upright and across, without its margins.
UPRIGHT, ACROSS = 493, 740
#: What a long column needs at least, in points.
LEAST_SHARE = 60
#: Rows that are measured; a register's further rows look like its first.
MEASURED = 200

#: Width of a column: a number and its unit, "pt" or "fr".
Width = tuple[float, str]


@dataclass(frozen=True)
class Table:
    """Rows of texts under headings; numbers stand flush right."""

    heading: str
    headings: list[str]
    rows: list[list[str]]
    is_number: list[bool]


def letters_of(table: Table) -> list[int]:
    """Return the width of each column in letters."""
    columns = zip(table.headings, *table.rows[:MEASURED], strict=True)
    return [
        min(WIDEST, max(NARROWEST, *(_longest_line(text) for text in texts))) for texts in columns
    ]


def needs_landscape(table: Table) -> bool:
    """Return whether a table is too wide for a page that stands upright."""
    return sum(_natural(letters) for letters in letters_of(table)) > UPRIGHT


def layout(table: Table, *, room: float) -> list[Width]:
    """Return the width of each column on a page with so much room, in points."""
    widths = letters_of(table)
    short = [letters for letters in widths if letters <= SHORT]
    long = len(widths) - len(short)
    if not long or sum(map(_natural, short)) + long * LEAST_SHARE > room:
        return [(letters, "fr") for letters in widths]
    return [
        (_natural(letters), "pt") if letters <= SHORT else (letters, "fr") for letters in widths
    ]


def _natural(letters: int) -> float:
    return letters * LETTER + AROUND


def _longest_line(text: str) -> int:
    return max((_letters(line) for line in text.split("\n")), default=0)


def _letters(line: str) -> int:
    """Return the width of a line; Korean and Han letters take two places."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
