"""Run everything: database, broker, web server, worker, beat and sweep."""

import argparse
import fcntl
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, get_commands

from ccs.embedded import EmbeddedServerError, EmbeddedServers, write_record
from ccs.environment import DEMO_RECORD, Environment
from ccs.processes import birth, port_is_taken
from ccs.services.static_files import collect_if_changed
from ccs.supervisor import Child, Keeper, Supervisor, say

PYTHON = sys.executable
#: Commands that load each demonstration.
DEMONSTRATIONS = {
    "seoul": (("load_demo", "--if-empty"),),
    "philippines": (
        ("import_areas", "--preset=philippines"),
        ("import_projects", "--preset=philippines"),
        ("load_demo_accounts",),
    ),
}


class Stopped(Exception):
    """Told to stop while still starting."""


class Command(BaseCommand):
    """Start, in order: PostgreSQL, broker, migrations, first data, web, worker, beat, sweep."""

    help = "Run the whole system until Ctrl-C."
    requires_system_checks: list[str] = []
    _told_to_stop = False
    _may_raise = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what only this command knows."""
        parser.add_argument("--host", default="", help="address to listen on (CCS_HOST)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop; CommandError says why nothing runs."""
        environment = Environment(settings.BASE_DIR)
        host = options["host"] or environment.text("CCS_HOST", "127.0.0.1")
        address = f"http://localhost:{environment.port}/"
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        with ExitStack() as stack:
            stack.enter_context(only_one(environment.data_dir, address))
            if port_is_taken(host, environment.port):
                raise CommandError(
                    f"Port {environment.port} is taken by another program. Choose another: "
                    f"CCS_PORT={environment.port + 1} ./run"
                )
            try:
                well = self._serve(environment, host, address, stack)
            except Stopped:
                well = True
            except EmbeddedServerError as error:
                raise CommandError(str(error)) from error
        if not well:
            raise CommandError("Stopped, as a part of the system does not stay up (see above).")
        say("serve", "stopped")

    def _serve(self, environment: Environment, host: str, address: str, stack: ExitStack) -> bool:
        keepers: list[Child | Keeper] = []
        run_dir = environment.data_dir / "run"
        Supervisor(run_dir / "children.json", []).end_strays()
        if environment.embedded:
            servers = EmbeddedServers(environment.data_dir)
            self._start_servers(servers, stack)
            keepers = [
                Keeper("database", lambda: bool(servers.postgresql.pid()), servers.start),
                Keeper("broker", lambda: bool(servers.broker.pid()), servers.start),
            ]
        prepare_database()
        load_demonstration(environment.data_dir)
        collect_if_changed()
        children = processes(host, environment.port, run_dir)
        supervisor = Supervisor(run_dir / "children.json", [*keepers, *children])
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: supervisor.stopping.set())
        self._greet(address)
        return supervisor.run()

    def _start_servers(self, servers: EmbeddedServers, stack: ExitStack) -> None:
        # Half-started servers would be nobody's: a signal waits until both are up.
        self._may_raise = False
        stack.enter_context(servers.used(leads=True))
        stack.callback(say, "serve", "stops the broker and PostgreSQL")
        self._may_raise = True
        if self._told_to_stop:
            raise Stopped
        way = servers.postgresql.launcher.way
        say("serve", f"PostgreSQL runs {way} on port {servers.postgresql.port}")
        say("serve", f"the broker runs on port {servers.broker.port}")

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._told_to_stop = True
        if self._may_raise:
            raise Stopped

    def _greet(self, address: str) -> None:
        self.stdout.write(f"\n  {settings.SITE_NAME} is at {address}  (stop: Ctrl-C)\n")
        for line in demonstration_accounts():
            self.stdout.write(f"  {line}\n")
        self.stdout.write("\n")
        self.stdout.flush()


@contextmanager
def only_one(data_dir: Path, address: str) -> Iterator[None]:
    """Hold the data folder; CommandError names the run that holds it already.

    The lock is the kernel's and ends with the process, so a killed run leaves none.
    """
    path = data_dir / "run" / "serve.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            first = json.loads(file.read() or "{}")
            raise CommandError(
                f"Already running at {first.get('address', 'an unknown address')} (process "
                f"{first.get('pid', 'unknown')}) on the data folder {data_dir}. Stop it first, or "
                "choose another folder: CCS_DATA_DIR=… CCS_PORT=… ./run"
            ) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        yield


def prepare_database() -> None:
    """Migrate, and give each role its rights."""
    manage("upgrade")


def load_demonstration(data_dir: Path) -> None:
    """Load the demonstration on the first start on a data folder.

    CommandError where the folder holds another one: two invented cities must not mix.
    """
    record = data_dir / DEMO_RECORD
    held = record.read_text(encoding="ascii").strip() if record.exists() else ""
    if held and held != settings.DEMO:
        raise CommandError(
            f"The data folder {data_dir} holds the demonstration {held!r}, but CCS_DEMO is "
            f"{settings.DEMO!r}. Choose another folder with CCS_DATA_DIR, or CCS_DEMO={held}."
        )
    wanted = DEMONSTRATIONS.get(settings.DEMO, ())
    if not held and wanted and all(arguments[0] in get_commands() for arguments in wanted):
        for arguments in wanted:
            manage(*arguments)
        record.write_text(settings.DEMO, encoding="ascii")


def manage(*arguments: str) -> None:
    """Run a management command in a process of its own; CommandError where it fails.

    Of its own, because this process read its settings before the servers had their ports.
    """
    say("serve", f"manage.py {' '.join(arguments)}")
    command = [PYTHON, str(settings.BASE_DIR / "manage.py"), *arguments]
    process = subprocess.Popen(command, start_new_session=True)
    # It outlives a killed run and would change the database beside the next one, which ends it.
    record = Path(settings.DATA_DIR) / "run" / "children.json"
    child = {"name": arguments[0], "pid": process.pid, "birth": birth(process.pid)}
    write_record(record, {"children": [child]})
    try:
        code = process.wait()
    except Stopped:
        process.terminate()
        process.wait()
        raise
    finally:
        record.unlink(missing_ok=True)
    if code:
        raise CommandError(f"manage.py {' '.join(arguments)} failed (exit code {code}).")


def processes(host: str, port: int, run_dir: Path) -> list[Child]:
    """Return the children in the order of their start."""
    # In a container everything is root; what the worker says about it is known.
    calm = ["-W", "ignore:You're running the worker"]
    celery = [PYTHON, *calm, "-m", "celery", "--quiet", "--app=ccs"]
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    children = [
        Child(
            "web",
            [PYTHON, "-m", "gunicorn", "ccs.wsgi:application", f"--bind={bind}"]
            + ["--worker-class=gthread", "--workers=2", "--threads=4", "--no-control-socket"]
            + ["--graceful-timeout=8", "--log-level=warning"],
        ),
        Child(
            "worker",
            [*celery, "worker", "--queues=celery", "--concurrency=1", "--loglevel=WARNING"]
            + ["--without-gossip", "--without-mingle"],
        ),
        Child(
            "beat",
            [*celery, "beat", "--loglevel=WARNING", f"--schedule={run_dir / 'beat-schedule'}"]
            + ["--pidfile="],
        ),
    ]
    if "sweep" in get_commands():
        children.append(Child("sweep", [PYTHON, str(settings.BASE_DIR / "manage.py"), "sweep"]))
    return children


def demonstration_accounts() -> list[str]:
    """Return lines that name the accounts of the demonstration; none without one."""
    if settings.DEMO == "none" or importlib.util.find_spec("ccs.demo_accounts") is None:
        return []
    return list(importlib.import_module("ccs.demo_accounts").lines())
