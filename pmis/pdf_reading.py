"""Reads a PDF in a process of its own: a file from outside may loop, swell or crash its reader.

Run as `python -I pdf_reading.py pages|text < file.pdf`; needs neither Django nor the project.
Answers one JSON object: {"pages": 12} or {"text": "…"}, or {"refusal": "locked"}.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import sys
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

#: More than the largest set of drawings bound in one file.
MOST_PAGES = 3000
#: Letters and pages that the search keeps of one file.
MOST_LETTERS = 60_000
MOST_READ_PAGES = 300
#: Of this process.
MOST_MEMORY_BYTES = 1024 * 1024 * 1024
MOST_SECONDS = {"pages": 10, "text": 60}


class Refused(Exception):
    """Raised for a file that is not taken in; the argument is a code."""


def open_pdf(content: bytes) -> PdfReader:
    """Return the reader of a PDF that is taken in; raise `Refused` for any other."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("locked")
        root = reader.trailer["/Root"].get_object()
        if int(root["/Pages"].get_object().get("/Count", 0)) > MOST_PAGES:
            raise Refused("too_many_pages")
        if not 0 < len(reader.pages) <= MOST_PAGES:
            raise Refused("too_many_pages" if len(reader.pages) else "damaged")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("damaged") from error
    if _holds_program(root):
        raise Refused("program")
    return reader


def _holds_program(root: DictionaryObject) -> bool:
    """Whether opening the file would run something: a script or another program."""
    names = root.get("/Names", DictionaryObject()).get_object()
    if "/JavaScript" in names:
        return True
    action = root.get("/OpenAction")
    action = action.get_object() if action is not None else None
    return isinstance(action, dict) and action.get("/S") in ("/JavaScript", "/Launch")


def text_of(reader: PdfReader) -> str:
    """Return the words of the first pages; a page that cannot be read is left out."""
    found: list[str] = []
    length = 0
    for number in range(min(len(reader.pages), MOST_READ_PAGES)):
        try:
            words = " ".join(reader.pages[number].extract_text().split())
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        # The database holds no zero characters, nor halves of surrogate pairs.
        words = words.replace("\x00", "").encode("utf-8", "ignore").decode()
        found.append(words)
        length += len(words)
        if length > MOST_LETTERS:
            break
    return " ".join(found)[:MOST_LETTERS]


def answer(wanted: str, content: bytes) -> dict[str, Any]:
    """Return what is asked of a PDF: its pages or its text."""
    try:
        reader = open_pdf(content)
        return {"pages": len(reader.pages)} if wanted == "pages" else {"text": text_of(reader)}
    except Refused as refused:
        return {"refusal": str(refused)}
    except MemoryError:
        return {"refusal": "damaged"}


def main() -> None:
    """Read a PDF from standard input under limits of time and memory."""
    wanted = sys.argv[1]
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS[wanted], MOST_SECONDS[wanted]))
    json.dump(answer(wanted, sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
