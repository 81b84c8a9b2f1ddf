"""Collect style sheets, scripts and pictures for the web server, when they changed."""

import hashlib
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from ccs.processes import file_lock

STAMP = ".collected"


def collect_if_changed() -> bool:
    """Run `collectstatic` unless the last run saw the same files; return whether it ran."""
    root = Path(settings.STATIC_ROOT)
    with file_lock(root / ".lock"):
        wanted = fingerprint()
        stamp = root / STAMP
        if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return False
        manage = str(settings.BASE_DIR / "manage.py")
        subprocess.run(
            [sys.executable, manage, "collectstatic", "--noinput", "--verbosity=0"], check=True
        )
        stamp.write_text(wanted, encoding="ascii")
    return True


def fingerprint() -> str:
    """Return a digest over name, size and time of every static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
