"""The generated secrets of a data folder."""

import os
import secrets
from pathlib import Path


class Keys:
    """The secrets of a data folder: one file each, made when first asked for, never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> str:
        """Return the secret called `name`, generating it (256 bits) the first time."""
        path = self.folder / name
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return self._make(path)

    def _make(self, path: Path) -> str:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link fails where the file exists: of two processes the first one's secret stays.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text(encoding="ascii").strip()
