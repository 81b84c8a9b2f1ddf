"""Set a document by typst in a bounded process of its own."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import unicodedata
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
FONTS = HERE / "fonts"
WORKER = HERE / "worker.py"
#: Of the typesetting process: 2,000 rows of eight columns take 2 s and 400 MB.
MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS = 30
WALL_SECONDS = 45
#: A word longer than this may be broken anywhere, or it would leave its cell.
LONGEST_WORD = 24
#: Control characters that text may hold.
KEPT_CONTROLS = frozenset("\n\t")
ZERO_WIDTH_SPACE = "\u200b"


class TypesettingFailed(RuntimeError):
    """Raised when no PDF came: too large, too slow, or a fault of the template."""


def typeset(template: str, content: dict[str, Any]) -> bytes:
    """Return the PDF of `template` (a file name in `templates/`) filled with `content`.

    The same content gives the same bytes for the same `release()`.

    Raises:
        TypesettingFailed: the process ran out of time or memory, or the template failed.
    """
    request = {
        "template": str(TEMPLATES / template),
        "root": str(TEMPLATES),
        "fonts": str(FONTS),
        "content": json.dumps(clean(content), ensure_ascii=False),
        "memory_bytes": MEMORY_BYTES,
        "cpu_seconds": CPU_SECONDS,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(WORKER)],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            # SECURITY: passwords and addresses of the server stay out of this process.
            env={"PATH": "", "LC_ALL": "C.UTF-8"},
            cwd=TEMPLATES,
        )
    except subprocess.TimeoutExpired as error:
        raise TypesettingFailed(f"{template}: no PDF after {WALL_SECONDS} s") from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise TypesettingFailed(f"{template}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


@lru_cache(maxsize=1)
def release() -> str:
    """Return what the look of a document hangs on besides its content: templates, fonts, typst."""
    found = hashlib.sha256(version("typst").encode())
    for path in sorted([*TEMPLATES.iterdir(), *FONTS.iterdir(), WORKER]):
        found.update(path.name.encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def clean(value: Any) -> Any:
    """Return content whose texts can be set: composed, without control characters, breakable."""
    match value:
        case dict():
            return {key: clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [clean(inner) for inner in value]
        case Verbatim():
            return str(value)
        case str():
            return _breakable(_composed(value))
    return value


class Verbatim(str):
    """Text that must not change, such as an address or a drawing."""


def _composed(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        letter
        for letter in text
        if letter in KEPT_CONTROLS or unicodedata.category(letter) not in ("Cc", "Cs", "Co")
    )


def _breakable(text: str) -> str:
    """Let endless words break: numbers of documents, addresses of pages, a held-down key."""
    if len(text) <= LONGEST_WORD:
        return text
    return "".join(
        _broken(word) if len(word) > LONGEST_WORD and word.isascii() else word
        for word in _words(text)
    )


def _words(text: str) -> list[str]:
    """Return words and the blanks between them, in order."""
    words: list[str] = []
    for letter in text:
        if words and words[-1][-1].isspace() == letter.isspace():
            words[-1] += letter
        else:
            words.append(letter)
    return words


def _broken(word: str) -> str:
    pieces = [word[i : i + LONGEST_WORD] for i in range(0, len(word), LONGEST_WORD)]
    return ZERO_WIDTH_SPACE.join(pieces)
