"""What this release looks like: part of every ETag, so that new templates reach every reader."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings

#: Everything that a public page is made of, besides the published records.
SOURCES = (
    ("templates", "*.html"),
    ("static", "*.*"),
    ("allimi", "*.py"),
    ("ccs/lib", "*.py"),
    ("ccs/templatetags", "*.py"),
    ("locale", "*.mo"),
)


@cache
def release() -> str:
    """Return eight hexadecimal digits over the files and settings that shape public pages."""
    digest = hashlib.sha256()
    for folder, pattern in SOURCES:
        for path in sorted(Path(settings.BASE_DIR, folder).rglob(pattern)):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    for name in ("SITE_NAME", "DEMO", "TIME_ZONE", "COUNTRY", "CURRENCY"):
        digest.update(str(getattr(settings, name)).encode())
    return digest.hexdigest()[:8]
