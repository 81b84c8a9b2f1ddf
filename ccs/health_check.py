"""Ask a web server for its health, for containers: exit code 0 or 1.

`python -m ccs.health_check` asks the web server of this machine whether it is up;
`python -m ccs.health_check sweep http://web:8000` asks that server whether it has seen the sweep.
"""

import json
import os
import sys
from urllib.request import Request, urlopen

PATIENCE_S = 5


def is_well(check: str = "", server: str = "http://127.0.0.1:8000") -> bool:
    """Return whether `server` answers or, with a name, whether that check of `/readyz` is ok."""
    hosts = [host.strip() for host in os.environ.get("CCS_ALLOWED_HOSTS", "").split(",")]
    # As the proxy would ask: a name that is served, over TLS.
    headers = {"Host": (hosts[0] or "localhost").lstrip("."), "X-Forwarded-Proto": "https"}
    request = Request(f"{server}/{'readyz' if check else 'healthz'}", headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return not check or bool(json.load(answer)["checks"][check]["ok"])
    except (OSError, ValueError, KeyError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_well(*sys.argv[1:3]) else 1)
