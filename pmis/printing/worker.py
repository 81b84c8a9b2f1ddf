"""The typesetting process: a request as JSON on the input, a PDF on the output.

Runs alone, without Django, environment or rights of the server, so that a document too large or
a fault of the typesetter ends this process and nothing else. Started by `typesetting.py`.
"""

from __future__ import annotations

import json
import sys

import typst

try:
    import resource
except ImportError:  # no such limits on this system; the time limit outside still holds
    resource = None

#: Archivable (ISO 19005-2) and readable by screen readers (ISO 14289-1).
STANDARDS = ["a-2a", "ua-1"]


def limit(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Bound what this process may take; it may write no file at all."""
    if resource is None:
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def typeset(request: dict[str, str]) -> bytes:
    """Return the PDF of a request.

    SECURITY: the content is a string among the inputs. The template reads it as JSON and shows
    its texts as text; typst never evaluates them.
    """
    compiler = typst.Compiler(
        request["template"],
        root=request["root"],
        font_paths=[request["fonts"]],
        ignore_system_fonts=True,
        sys_inputs={"content": request["content"]},
    )
    try:
        return compiler.compile(format="pdf", pdf_standards=STANDARDS)
    except typst.TypstError:
        # A letter that no font of ours has cannot stand in an archive file; in a plain one it can.
        return compiler.compile(format="pdf")


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin.buffer)
    limit(memory_bytes=request["memory_bytes"], cpu_seconds=request["cpu_seconds"])
    sys.stdout.buffer.write(typeset(request))


if __name__ == "__main__":
    main()
