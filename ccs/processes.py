"""Small things about operating-system processes and ports, used by the embedded servers."""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port(preferred: int = 0) -> int:
    """Return a free TCP port of 127.0.0.1: `preferred` if it is one and free, else any."""
    for port in (preferred, 0) if preferred else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError("No free TCP port on 127.0.0.1.")


def port_is_taken(host: str, port: int) -> bool:
    """Return whether another program listens on `port` of `host`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def birth(pid: int) -> str:
    """Return a mark of when process `pid` began; empty where there is no such process.

    A number alone may belong to another program by now; a number and its birth do not.
    """
    try:
        # Field 22 of /proc/<pid>/stat is the start time; the name before it may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        state, *rest = fields.rpartition(")")[2].split()
        return "" if state in "ZX" else rest[18]
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
    listing = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return "" if listing.startswith("Z") else listing.partition(" ")[2].strip()


def is_alive(pid: int) -> bool:
    """Return whether process `pid` runs (a zombie does not)."""
    return pid > 0 and birth(pid) != ""


def command_of(pid: int) -> str:
    """Return the command line of process `pid`; empty where it cannot be read."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        listing = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return listing.stdout.strip()


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait until process `pid` has ended; return whether it has."""
    limit = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > limit:
            return False
        reap(pid)
        time.sleep(0.02)
    return True


def reap(pid: int) -> None:
    """Collect process `pid` if it is an ended child of this one."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def end_process(pid: int, *signals: tuple[signal.Signals, float], group: bool = False) -> None:
    """Send each signal in turn and wait its seconds, until process `pid` is gone.

    With `group` the last signal goes to the whole process group that `pid` leads.
    """
    for index, (number, seconds) in enumerate(signals):
        try:
            if group and index == len(signals) - 1:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until_gone(pid, seconds):
            return


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`, waiting for it; a killed process holds none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
