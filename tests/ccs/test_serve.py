import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.management import CommandError

from ccs import supervisor as supervising
from ccs.embedded import Broker, EmbeddedServers, PostgreSQL
from ccs.management.commands import serve
from ccs.management.commands.serve import load_demonstration, only_one
from ccs.processes import birth, free_port, is_alive, port_is_taken, wait_until_gone
from ccs.run_with import run_thrown_away
from ccs.supervisor import Child, Supervisor

FOREVER = [sys.executable, "-c", "import time; time.sleep(600)"]


def wait_for(condition, seconds=20.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def reachable(tmp_path):
    """A data folder that the user nobody can reach, as pytest's own is closed to others."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path / "a place"


@pytest.fixture
def supervised(tmp_path):
    """Run a supervisor in a thread; it is stopped at the end of the test."""
    running = []

    def start(*children):
        supervisor = Supervisor(tmp_path / "children.json", children)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        running.append((supervisor, thread))
        wait_for(lambda: all(child.process for child in children))
        return supervisor, thread

    yield start
    for supervisor, thread in running:
        supervisor.stopping.set()
        thread.join(20)


# -- The supervisor ----------------------------------------------------------------------------


def test_a_child_that_is_killed_starts_again(supervised):
    child = Child("idle", FOREVER)
    supervised(child)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: child.process.pid != first and is_alive(child.process.pid))


def test_a_child_that_never_stays_up_ends_the_supervisor(supervised, monkeypatch, capfd):
    monkeypatch.setattr(supervising, "PATIENCE", 2)
    well = Child("idle", FOREVER)
    supervisor, thread = supervised(well, Child("broken", [sys.executable, "-c", "exit(3)"]))
    thread.join(20)
    assert supervisor.failed and not is_alive(well.process.pid)
    assert "broken ended 2 times in a row; giving up" in capfd.readouterr().out


def test_output_of_children_carries_their_name(supervised, capfd):
    child = Child("talker", [sys.executable, "-c", "print('hello'); import time; time.sleep(60)"])
    supervised(child)
    said = []
    wait_for(lambda: said.append(capfd.readouterr().out) or "talker  │ hello" in "".join(said))


def test_what_a_child_started_ends_with_it(supervised, tmp_path):
    note = tmp_path / "grandchild"
    script = (
        "import pathlib, subprocess, sys, time;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f"pathlib.Path({str(note)!r}).write_text(str(p.pid)); time.sleep(600)"
    )
    supervisor, thread = supervised(Child("parent", [sys.executable, "-c", script]))
    wait_for(lambda: note.exists() and note.read_text())
    supervisor.stopping.set()
    thread.join(20)
    assert wait_until_gone(int(note.read_text()), 5)


def test_children_of_a_killed_supervisor_are_ended_by_the_next(tmp_path):
    record = tmp_path / "children.json"
    stray = subprocess.Popen(FOREVER, start_new_session=True)
    other = subprocess.Popen(FOREVER, start_new_session=True)
    children = [
        {"name": "web", "pid": stray.pid, "birth": birth(stray.pid)},
        # The number was given to another program since.
        {"name": "beat", "pid": other.pid, "birth": "long ago"},
    ]
    record.write_text(json.dumps({"children": children}))
    try:
        Supervisor(record, []).end_strays()
        assert not is_alive(stray.pid) and is_alive(other.pid)
        assert not record.exists()
    finally:
        other.kill()
        other.wait()
        stray.wait()


def test_a_command_of_a_killed_start_is_ended_by_the_next(tmp_path, settings, monkeypatch):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(serve, "PYTHON", str(program))
    settings.DATA_DIR = tmp_path
    record = tmp_path / "run" / "children.json"
    failed = []

    def start():
        try:
            serve.manage("upgrade")
        except CommandError as error:
            failed.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    wait_for(record.exists)
    Supervisor(record, []).end_strays()
    thread.join(20)
    assert failed and not thread.is_alive() and not record.exists()


# -- Locks and ports ---------------------------------------------------------------------------


def test_a_second_start_says_where_the_first_runs(tmp_path):
    with (
        only_one(tmp_path, "http://localhost:8123/"),
        pytest.raises(CommandError, match=rf"http://localhost:8123/ \(process {os.getpid()}\)"),
        only_one(tmp_path, "http://localhost:9000/"),
    ):
        pass
    with only_one(tmp_path, "http://localhost:9000/"):
        pass


def test_a_taken_port_is_seen():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert port_is_taken("127.0.0.1", port)
        assert free_port(port) != port
    assert not port_is_taken("127.0.0.1", port)


# -- The embedded servers ----------------------------------------------------------------------


def test_committed_rows_survive_kill_9_of_the_database(reachable):
    server = PostgreSQL(reachable)
    try:
        server.start()
        with closing(server.connect("ccs", "ccs_owner")) as connection:
            connection.cursor().execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
        os.kill(server.pid(), signal.SIGKILL)
        wait_for(lambda: not server.pid())
        again = PostgreSQL(reachable)
        again.start()
        with closing(again.connect("ccs", "ccs_owner")) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT count(*) FROM kept")
            assert cursor.fetchone() == (1000,)
            cursor.execute("SELECT cardinality(show_trgm('안전모 착용'))")
            assert cursor.fetchone() == (7,)
    finally:
        server.stop()


def test_a_pid_file_that_names_another_program_is_no_obstacle(reachable):
    server = PostgreSQL(reachable, throw_away=True)
    try:
        server.start()
        server.stop()
        pid_file = server.launcher.cluster / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n{server.launcher.cluster}\n0\n1\n\n\n\nready\n")
        assert server.pid() == 0
        server.start()
        assert server.pid() not in (0, os.getpid())
    finally:
        server.stop()


def test_tasks_survive_kill_9_of_the_broker(tmp_path):
    broker = Broker(tmp_path)
    try:
        broker.start()
        with redis.Redis.from_url(broker.url) as client:
            client.rpush("celery", *range(500))
        os.kill(broker.pid(), signal.SIGKILL)
        wait_for(lambda: not broker.pid())
        again = Broker(tmp_path)
        again.start()
        with redis.Redis.from_url(again.url) as client:
            assert client.llen("celery") == 500
        with (
            redis.Redis(port=again.port) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.llen("celery")
    finally:
        broker.stop()


def test_a_broker_with_broken_data_begins_anew(tmp_path):
    broker = Broker(tmp_path)
    try:
        broker.start()
        broker.stop()
        for path in broker.folder.rglob("*"):
            if path.is_file():
                path.write_bytes(b"no such format\n" * 9)
        broker.start()
        assert broker.pid()
        assert list(tmp_path.glob("broker.broken-*"))
    finally:
        broker.stop()


def test_the_last_user_stops_the_servers(reachable):
    first, second = EmbeddedServers(reachable), EmbeddedServers(reachable)
    with first.used():
        with second.used():
            assert second.postgresql.pid() == first.postgresql.pid() != 0
        assert first.postgresql.pid() and first.broker.pid()
    assert not first.postgresql.pid() and not first.broker.pid()


def test_a_command_beside_the_leading_one_leaves_the_servers_running(reachable):
    leading, beside = EmbeddedServers(reachable), EmbeddedServers(reachable)
    with leading.used(leads=True):
        with beside.used():
            pass
        assert leading.postgresql.pid() and leading.broker.pid()
    assert not leading.postgresql.pid() and not leading.broker.pid()


def test_two_demonstrations_do_not_mix(tmp_path, settings):
    settings.DEMO = "philippines"
    (tmp_path / "demonstration").write_text("seoul")
    with pytest.raises(CommandError, match="holds the demonstration 'seoul'"):
        load_demonstration(tmp_path)


def test_thrown_away_servers_leave_nothing(monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("CCS_DATA_DIR", raising=False)
    note = tmp_path / "note"
    script = (
        "import os, pathlib, psycopg2; psycopg2.connect(os.environ['DATABASE_URL']);"
        f"pathlib.Path({str(note)!r}).write_text(os.environ['CCS_DATA_DIR']); exit(7)"
    )
    previous = signal.getsignal(signal.SIGTERM)
    assert run_thrown_away([sys.executable, "-c", script]) == 7
    assert signal.getsignal(signal.SIGTERM) == previous
    assert not Path(note.read_text()).parent.exists()


# -- The whole ---------------------------------------------------------------------------------


class Run:
    """One `manage.py serve` on a data folder of its own."""

    def __init__(self, data_dir, port):
        self.data_dir, self.port = data_dir, port
        self.log = data_dir.with_name("serve.log")

    def environment(self):
        outside = ("DATABASE_URL", "REDIS_URL", "CCS_TESTING", "PYTEST_CURRENT_TEST")
        kept = {name: value for name, value in os.environ.items() if name not in outside}
        return kept | {
            "CCS_DATA_DIR": str(self.data_dir),
            "CCS_PORT": str(self.port),
            "CCS_DEMO": "none",
        }

    def start(self):
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self.answers, 240)

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            url = f"http://127.0.0.1:{self.port}/healthz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read() == b"ok"
        except OSError:
            return False

    def processes(self):
        children = json.loads((self.data_dir / "run" / "children.json").read_text())["children"]
        servers = EmbeddedServers(self.data_dir)
        pids = [child["pid"] for child in children]
        return [self.process.pid, *pids, servers.postgresql.pid(), servers.broker.pid()]

    def owner(self):
        return closing(EmbeddedServers(self.data_dir).postgresql.connect("ccs", "ccs_owner"))


def test_after_kill_9_of_everything_the_next_start_has_every_record(reachable):
    run = Run(reachable, free_port())
    pids = []
    try:
        run.start()
        with run.owner() as connection:
            connection.cursor().execute("CREATE TABLE kept AS SELECT generate_series(1, 100)")
        pids = run.processes()
        assert all(pids)
        for pid in pids:
            # Whole groups: the web server's and the worker's own children as well.
            if pid == os.getpgid(pid):
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)
        run.process.wait(10)
        run.start()
        with run.owner() as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT count(*) FROM kept")
            assert cursor.fetchone() == (100,)
        pids += run.processes()
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(60) == 0
        assert all(wait_until_gone(pid, 5) for pid in pids)
    finally:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(60)
