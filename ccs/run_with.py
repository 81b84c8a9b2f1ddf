"""Run a command with the embedded servers around it.

`python -m ccs.run_with servers -- COMMAND` uses the servers of the data folder and stops them
afterwards unless another command uses them; `python -m ccs.run_with throw-away -- COMMAND` runs
a test with new ones that are deleted afterwards. Servers that the environment names (DATABASE_URL,
REDIS_URL) are used instead.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from ccs.embedded import Broker, EmbeddedServerError, EmbeddedServers, PostgreSQL
from ccs.environment import SUPERUSER, Environment
from ccs.processes import is_alive

BASE_DIR = Path(__file__).resolve().parent.parent
THROW_AWAY_PREFIX = "ccs-throw-away-"


def run_command(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run `command` to its end and return its exit code; Ctrl-C and SIGTERM end it, not us."""
    process = subprocess.Popen(command, env=environment)
    previous = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
        # The terminal sends Ctrl-C to the command as well.
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def run_with_servers(command: Sequence[str]) -> int:
    """Run `command` with the servers of the data folder, or with those of DATABASE_URL."""
    environment = Environment(BASE_DIR)
    if not environment.embedded:
        return run_command(command, dict(os.environ))
    with EmbeddedServers(environment.data_dir).used():
        return run_command(command, dict(os.environ))


def run_thrown_away(command: Sequence[str]) -> int:
    """Run `command` as a test, with servers of its own unless the environment names some."""
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=f"{THROW_AWAY_PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    environment = {"CCS_DATA_DIR": str(folder / "data"), **os.environ, "CCS_TESTING": "1"}
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if not environment.get("DATABASE_URL"):
            database = PostgreSQL(folder, throw_away=True)
            stack.callback(database.stop)
            database.start()
            password = database.keys.get(SUPERUSER)
            environment["DATABASE_URL"] = (
                f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{database.port}/postgres"
            )
        if not environment.get("REDIS_URL"):
            broker = Broker(folder, throw_away=True)
            stack.callback(broker.stop)
            broker.start()
            environment["REDIS_URL"] = broker.url
        return run_command(command, environment)


def remove_abandoned() -> None:
    """End and delete thrown-away servers whose command was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{THROW_AWAY_PREFIX}*"):
        maker = folder.name.removeprefix(THROW_AWAY_PREFIX).partition("-")[0]
        if folder.stat().st_uid == os.geteuid() and maker.isdigit() and not is_alive(int(maker)):
            PostgreSQL(folder, throw_away=True).stop()
            Broker(folder, throw_away=True).stop()
            shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ccs.run_with", description=__doc__)
    parser.add_argument("mode", choices=("servers", "throw-away"))
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    try:
        run = run_with_servers if options.mode == "servers" else run_thrown_away
        return run(command)
    except (EmbeddedServerError, ImproperlyConfigured, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
