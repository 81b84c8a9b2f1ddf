"""What a document file may be: content must fit the extension. Knows no database."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from pmis.photo_processing import holds_second_file, kind_of

#: Signature of the container of HWP 5 (OLE 2, MS-CFB).
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
#: Unpacked size and number of parts of an office file.
MOST_UNPACKED_BYTES = 400 * 1024 * 1024
MOST_PARTS = 5000
MOST_PIXELS = 50_000_000
#: Seconds that reading a PDF may take; its process has limits of its own.
PATIENCE_S = {"pages": 15, "text": 90}
READER = Path(__file__).with_name("pdf_reading.py")


class FileRefused(Exception):
    """Raised for a file that is not taken in; `refusal` is a code of `refusal_sentence`."""

    def __init__(self, refusal: str) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True)
class Facts:
    """What was found out about a file."""

    media_type: str
    pages: int | None = None


def facts_of(name: str, content: bytes) -> Facts:
    """Return media type and pages of a file; raise `FileRefused` where content and name differ."""
    ending = PurePosixPath(name).suffix.lower()
    if ending not in TYPES:
        raise FileRefused("wrong_type")
    media_type, check = TYPES[ending]
    return Facts(media_type, check(content, ending))


def read_pdf(wanted: str, content: bytes) -> dict[str, Any]:
    """Ask a process of its own for the pages or the text of a PDF."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(READER), wanted],
            input=content,
            capture_output=True,
            timeout=PATIENCE_S[wanted],
            check=True,
        )
        return dict(json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError):
        return {"refusal": "damaged"}


def _pdf(content: bytes, _ending: str) -> int:
    if b"%PDF-" not in content[:1024]:
        raise FileRefused("not_what_it_says")
    found = read_pdf("pages", content)
    if "refusal" in found:
        raise FileRefused(str(found["refusal"]))
    return int(found["pages"])


def _dwg(content: bytes, _ending: str) -> None:
    # AutoCAD names its version in the first six bytes: AC1015 … AC1032.
    if not re.match(rb"AC10\d\d", content[:6]):
        raise FileRefused("not_what_it_says")


def _dxf(content: bytes, _ending: str) -> None:
    is_binary = content.startswith(b"AutoCAD Binary DXF")
    if not is_binary and not re.search(rb"^\s*0\s*\r?\n\s*SECTION", content[:8192], re.M):
        raise FileRefused("not_what_it_says")


#: The part that makes a package what it says it is.
PARTS = {".docx": "word/", ".xlsx": "xl/", ".pptx": "ppt/", ".hwpx": "Contents/"}


def _package(content: bytes, ending: str) -> None:
    """Check a zipped office file by its directory: nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FileRefused("not_what_it_says") from error
    names = [part.filename for part in parts]
    if not any(name.startswith(PARTS[ending]) for name in names):
        raise FileRefused("not_what_it_says")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise FileRefused("too_large_inside")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused("program")


def _hwp(content: bytes, _ending: str) -> None:
    is_five = content.startswith(OLE) and b"H\x00w\x00p\x00" in content
    if not is_five and not content.startswith(b"HWP Document File"):
        raise FileRefused("not_what_it_says")


def _image(content: bytes, ending: str) -> None:
    kinds = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png"}
    if kind_of(content[:32]) != kinds[ending]:
        raise FileRefused("not_what_it_says")
    if holds_second_file(content):
        raise FileRefused("second_file")
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise FileRefused("too_large_inside")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise FileRefused("damaged") from error


def _text(content: bytes, _ending: str) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("not_what_it_says") from error
    if "\x00" in text:
        raise FileRefused("not_what_it_says")


_OFFICE = "application/vnd.openxmlformats-officedocument."
#: By extension: media type, and the check that returns the number of pages where there are any.
TYPES: dict[str, tuple[str, Callable[[bytes, str], int | None]]] = {
    ".pdf": ("application/pdf", _pdf),
    ".dwg": ("image/vnd.dwg", _dwg),
    ".dxf": ("image/vnd.dxf", _dxf),
    ".docx": (f"{_OFFICE}wordprocessingml.document", _package),
    ".xlsx": (f"{_OFFICE}spreadsheetml.sheet", _package),
    ".pptx": (f"{_OFFICE}presentationml.presentation", _package),
    ".hwp": ("application/x-hwp", _hwp),
    ".hwpx": ("application/hwp+zip", _package),
    ".csv": ("text/csv", _text),
    ".txt": ("text/plain", _text),
    ".jpg": ("image/jpeg", _image),
    ".jpeg": ("image/jpeg", _image),
    ".png": ("image/png", _image),
}
