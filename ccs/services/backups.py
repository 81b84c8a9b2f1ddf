"""One file that holds everything: the database, the uploaded files and the keys.

A backup is a tar of `database.dump` (pg_dump's custom format), `files/private/…`,
`files/public/…`, `keys/…`, `settings.env` and, last, `manifest.json` with the SHA-256 of every
part. The servers' own passwords are left out: the place that is restored into has its own.

SECURITY: a backup holds everything that is withheld from the public. It is written readable by
its owner only; keep it as you keep the database.
"""

import datetime
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import IO, Any

import psycopg2

from ccs.environment import ALIAS_ROLES, SUPERUSER
from ccs.unprivileged import packaged_programs

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
SETTINGS = "settings.env"
#: Passwords of the servers beside this installation; they belong to the place, not to the data.
KEYS_OF_THE_PLACE = {*ALIAS_ROLES.values(), SUPERUSER, "broker"}
CHUNK_BYTES = 1024 * 1024
#: Settings that a newer pg_restore writes and an older server does not know.
UNKNOWN_TO_OLDER_SERVERS = (b"SET transaction_timeout",)


class BackupError(Exception):
    """A backup cannot be written or read; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """What is backed up, or restored into."""

    #: The owner's entry of DATABASES.
    database: dict[str, Any]
    #: Folders by their name in the backup: `files/private`, `files/public`.
    folders: dict[str, Path]
    keys: Path
    settings_file: Path


# -- Writing -----------------------------------------------------------------------------------


def write_backup(path: Path, place: Place) -> dict[str, Any]:
    """Write a backup of `place` to `path` and return its manifest.

    The file appears under its name only when it is whole. Raises BackupError where it exists
    already or the database cannot be read.
    """
    if path.exists():
        raise BackupError(f"{path} exists already; choose another name or remove it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with (
            os.fdopen(descriptor, "wb") as file,
            tempfile.TemporaryDirectory(dir=path.parent) as scratch,
        ):
            dump = Path(scratch) / DUMP
            dump_database(place.database, dump)
            manifest = _write_tar(file, dump, place)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _write_tar(file: IO[bytes], dump: Path, place: Place) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = {}
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, source in _parts(dump, place):
            parts[name] = _add(tar, name, source)
        manifest = {
            "format": FORMAT,
            "created_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "version": release(),
            "migrations": applied_migrations(place.database),
            "parts": parts,
        }
        content = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(content), 0o600
        tar.addfile(entry, io.BytesIO(content))
    return manifest


def _parts(dump: Path, place: Place) -> Iterator[tuple[str, Path]]:
    """Yield name and file of every part; the dump is older than the files it names."""
    yield DUMP, dump
    for name, folder in place.folders.items():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"{name}/{path.relative_to(folder).as_posix()}", path
    for path in sorted(place.keys.glob("*")):
        if path.is_file() and not path.name.startswith(".") and path.name not in KEYS_OF_THE_PLACE:
            yield f"keys/{path.name}", path
    if place.settings_file.is_file():
        yield SETTINGS, place.settings_file


def _add(tar: tarfile.TarFile, name: str, source: Path) -> dict[str, Any]:
    with source.open("rb") as file:
        entry = tarfile.TarInfo(name)
        status = os.fstat(file.fileno())
        entry.size, entry.mtime, entry.mode = status.st_size, int(status.st_mtime), 0o600
        reader = HashingReader(file)
        tar.addfile(entry, reader)
    return {"sha256": reader.digest.hexdigest(), "bytes": entry.size}


class HashingReader(io.RawIOBase):
    """A file whose bytes are hashed while they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read and hash up to `size` bytes."""
        chunk = self.file.read(size)
        self.digest.update(chunk)
        return chunk


# -- Reading -----------------------------------------------------------------------------------


def check_backup(path: Path) -> dict[str, Any]:
    """Return the manifest of the backup at `path` after comparing every part with its hash.

    Raises BackupError where the file is no backup, a part is missing, added or changed, or the
    format is a later one.
    """
    found: dict[str, dict[str, Any]] = {}
    manifest = None
    try:
        with tarfile.open(path) as tar:
            for entry in tar:
                if not entry.isfile() or not is_safe_name(entry.name):
                    raise BackupError(f"{path} holds {entry.name!r}, which no backup has.")
                content = tar.extractfile(entry)
                if entry.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    found[entry.name] = {"sha256": _digest(content), "bytes": entry.size}
    except (tarfile.TarError, OSError, ValueError) as error:
        raise BackupError(f"{path} cannot be read as a backup: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupError(f"{path} is no backup of a format that this release reads.")
    promised = manifest.get("parts", {})
    if found != promised or DUMP not in found:
        names = found.keys() | promised.keys() | {DUMP}
        wrong = {name for name in names if found.get(name) != promised.get(name)} or {DUMP}
        raise BackupError(
            f"{path} is damaged: {', '.join(sorted(wrong)[:5])} ({len(wrong)} parts) missing or "
            "changed. Nothing was restored; use another backup."
        )
    return manifest


def restore_backup(path: Path, place: Place) -> dict[str, Any]:
    """Restore the backup at `path` into the empty `place` and return its manifest.

    The caller migrates and grants afterwards. Raises BackupError, before anything is changed,
    where the backup is damaged or the place is not empty.
    """
    manifest = check_backup(path)
    refuse_full_place(place)
    with tarfile.open(path) as tar, tempfile.TemporaryDirectory(dir=place.keys.parent) as scratch:
        dump = Path(scratch) / DUMP
        with dump.open("wb") as file:
            shutil.copyfileobj(tar.extractfile(DUMP), file, CHUNK_BYTES)
        load_database(place.database, dump)
        for entry in tar:
            if target := _target(entry.name, place):
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    shutil.copyfileobj(tar.extractfile(entry), file, CHUNK_BYTES)
                if target.parent == place.keys or target == place.settings_file:
                    target.chmod(0o600)
    return manifest


def refuse_full_place(place: Place) -> None:
    """Raise BackupError where the place holds tables or files already."""
    with _connection(place.database) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v', 'm', 'p')"
            " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
        )
        tables = cursor.fetchone()[0]
    if tables:
        raise BackupError(
            f"The database {place.database['NAME']} holds {tables} tables already; a backup is "
            "restored only into an empty one. Name another data folder in CCS_DATA_DIR (or "
            "another database in OWNER_DATABASE_URL and DATABASE_URL)."
        )
    for folder in place.folders.values():
        if folder.exists() and any(path.is_file() for path in folder.rglob("*")):
            raise BackupError(
                f"The folder {folder} holds files already; a backup is restored only into an "
                "empty place. Name another folder in CCS_DATA_DIR or CCS_FILES_DIR."
            )


def is_safe_name(name: str) -> bool:
    """Return whether a part of this name stays inside the place it is restored to."""
    path = PurePosixPath(name)
    known = name in (MANIFEST, DUMP, SETTINGS) or path.parts[0] in ("files", "keys")
    return known and not path.is_absolute() and ".." not in path.parts


def _target(name: str, place: Place) -> Path | None:
    """Return where a part goes; None for the dump, and for settings where there are some."""
    if name == SETTINGS and not place.settings_file.exists():
        return place.settings_file
    for prefix, folder in {**place.folders, "keys": place.keys}.items():
        if name.startswith(prefix + "/"):
            return folder / name.removeprefix(prefix + "/")
    return None


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


# -- The database ------------------------------------------------------------------------------


def dump_database(database: dict[str, Any], target: Path) -> None:
    """Write the database in pg_dump's custom format, without owners and grants."""
    _run(
        [program("pg_dump"), "--format=custom", "--no-owner", "--no-acl", f"--file={target}"],
        database,
    )


def load_database(database: dict[str, Any], dump: Path) -> None:
    """Load a dump in one transaction: all of it or nothing.

    It goes through SQL text, so that a server older than the programs can be restored into.
    """
    script = dump.with_suffix(".sql")
    plain = [program("pg_restore"), "--no-owner", "--no-acl", f"--file={script}", str(dump)]
    _run(plain, database)
    filtered = script.with_suffix(".filtered.sql")
    with script.open("rb") as source, filtered.open("wb") as target:
        target.writelines(line for line in source if not line.startswith(UNKNOWN_TO_OLDER_SERVERS))
    _run(
        [program("psql"), "--no-psqlrc", "--quiet", "--single-transaction"]
        + ["--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--file={filtered}"],
        database,
    )


def applied_migrations(database: dict[str, Any]) -> list[str]:
    """Return the migrations that the database has, as `app.name`."""
    with _connection(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def program(name: str) -> str:
    """Return a program of PostgreSQL: the packaged one, else the system's."""
    try:
        packaged = packaged_programs() / name
        if packaged.exists():
            return str(packaged)
    except OSError:
        pass
    if found := shutil.which(name):
        return found
    raise BackupError(f"The program {name} of PostgreSQL is missing; install postgresql-client.")


def release() -> str:
    """Return the release of this program as its package or its project file names it."""
    try:
        return version("clean-construction-system")
    except PackageNotFoundError:
        project = Path(__file__).resolve().parents[2] / "pyproject.toml"
        for line in project.read_text(encoding="utf-8").splitlines():
            if line.startswith("version ="):
                return line.partition("=")[2].strip().strip('"')
    return "unknown"


def libpq_environment(database: dict[str, Any]) -> dict[str, str]:
    """Return the connection as environment variables: a command line shows no password."""
    options = database.get("OPTIONS", {})
    values = {
        "PGHOST": database.get("HOST"),
        "PGPORT": database.get("PORT"),
        "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"),
        "PGDATABASE": database["NAME"],
        "PGOPTIONS": options.get("options"),
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
    }
    return {name: str(value) for name, value in values.items() if value}


def _run(command: list[str], database: dict[str, Any]) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PG")
    } | libpq_environment(database)
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {finished.stderr.strip()[-2000:]}")


@contextmanager
def _connection(database: dict[str, Any]) -> Iterator[Any]:
    """Connect to an entry of DATABASES for the length of a block."""
    values = {
        "host": database.get("HOST"),
        "port": database.get("PORT"),
        "user": database.get("USER"),
        "password": database.get("PASSWORD"),
        "dbname": database["NAME"],
    } | database.get("OPTIONS", {})
    given = {name: value for name, value in values.items() if value}
    try:
        connection = psycopg2.connect(**given)
    except psycopg2.OperationalError as error:
        raise BackupError(f"The database cannot be reached: {error}") from error
    with closing(connection):
        yield connection
