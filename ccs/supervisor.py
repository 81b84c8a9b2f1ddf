"""Keep child processes running: prefixed output, restart with growing pauses, orderly stop.

`manage.py serve` uses it for the web server, the worker, beat and the sweep. Each child leads a
session of its own, so that Ctrl-C reaches only the supervisor, which then stops the children in
reverse order. Their process ids stand in a file: children that outlive a killed supervisor are
ended by the next one.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ccs.embedded import read_record, write_record
from ccs.processes import birth, end_process

#: A child that ran this long has started well; its pauses begin anew.
SETTLED_S = 30
LONGEST_PAUSE_S = 16
#: So many quick ends one after the other, and the supervisor gives up.
PATIENCE = 6
STOP_LIMIT_S = 12


def say(name: str, line: str) -> None:
    """Print one line of output under the name of who said it."""
    sys.stdout.write(f"{name:<8}│ {line.rstrip()}\n")
    sys.stdout.flush()


@dataclass
class Watch:
    """Something that must run; counts how often it ended quickly and when it may start again."""

    name: str
    started_at: float = 0.0
    quick_ends: int = 0
    next_start: float = 0.0

    def note_start(self) -> None:
        """Remember the start."""
        self.started_at = time.monotonic()

    def note_end(self) -> float:
        """Count an end; return the pause in seconds before the next start."""
        settled = time.monotonic() - self.started_at > SETTLED_S
        self.quick_ends = 1 if settled else self.quick_ends + 1
        pause = min(0.5 * 2 ** (self.quick_ends - 1), LONGEST_PAUSE_S)
        self.next_start = time.monotonic() + pause
        return pause

    @property
    def is_hopeless(self) -> bool:
        """Whether it ended quickly too often."""
        return self.quick_ends >= PATIENCE


class Child(Watch):
    """One process kept running."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        super().__init__(name)
        self.command = list(command)
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start the process and copy its output."""
        self.note_start()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._copy, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    def _copy(self, output: IO[str]) -> None:
        with output:
            for line in output:
                say(self.name, line)

    @property
    def has_ended(self) -> bool:
        """Whether the process ran and has ended."""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Ask the process to end, then end it and all it started."""
        if self.process is None:
            return
        pid = self.process.pid
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                say(self.name, f"does not end within {STOP_LIMIT_S} s and is killed")
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.process.wait()
        self._reader.join(2)


class Keeper(Watch):
    """Something kept running that is no child: started and looked at by two functions."""

    def __init__(self, name: str, is_up: Callable[[], bool], start: Callable[[], None]) -> None:
        super().__init__(name)
        self.is_up = is_up
        self._start = start

    def start(self) -> None:
        """Start it again."""
        self.note_start()
        self._start()

    @property
    def has_ended(self) -> bool:
        """Whether it is down."""
        return not self.is_up()

    def stop(self) -> None:
        """Leave it: who started it first also stops it, last of all."""


class Supervisor:
    """Start children in order, keep them running until told to stop, stop them in reverse."""

    def __init__(self, record: Path, watched: Sequence[Child | Keeper]) -> None:
        self.record = record
        self.watched = list(watched)
        self.stopping = threading.Event()
        self.failed = False

    def end_strays(self) -> None:
        """End children that outlived an earlier supervisor of this data folder."""
        for stray in read_record(self.record).get("children", []):
            if birth(stray["pid"]) and birth(stray["pid"]) == stray["birth"]:
                say("serve", f"ends {stray['name']} (process {stray['pid']}) of an earlier run")
                end_process(stray["pid"], (signal.SIGTERM, 5), (signal.SIGKILL, 5), group=True)
        self.record.unlink(missing_ok=True)

    def run(self) -> bool:
        """Run until `stopping` is set; return whether all went well."""
        try:
            for watch in self.watched:
                if isinstance(watch, Child):
                    watch.start()
            self._write_record()
            while not self.stopping.wait(0.3):
                for watch in self.watched:
                    self._look_at(watch)
        finally:
            self._stop()
        return not self.failed

    def _look_at(self, watch: Child | Keeper) -> None:
        if watch.next_start:
            if time.monotonic() >= watch.next_start:
                watch.next_start = 0.0
                self._restart(watch)
        elif watch.has_ended:
            self._note_end(watch, "ended")

    def _note_end(self, watch: Child | Keeper, what: str) -> None:
        pause = watch.note_end()
        if watch.is_hopeless:
            say("serve", f"{watch.name} {what} {PATIENCE} times in a row; giving up")
            self.failed = True
            self.stopping.set()
        else:
            say("serve", f"{watch.name} {what}; it starts again in {pause:g} s")

    def _restart(self, watch: Child | Keeper) -> None:
        if isinstance(watch, Child):
            # What the ended process started must not stay behind.
            watch.stop()
        try:
            watch.start()
        except (OSError, RuntimeError) as error:
            self._note_end(watch, f"cannot start ({error})")
        self._write_record()

    def _write_record(self) -> None:
        children = [
            {"name": child.name, "pid": child.process.pid, "birth": birth(child.process.pid)}
            for child in self.watched
            if isinstance(child, Child) and child.process
        ]
        write_record(self.record, {"children": children})

    def _stop(self) -> None:
        for watch in reversed(self.watched):
            watch.stop()
        self.record.unlink(missing_ok=True)
