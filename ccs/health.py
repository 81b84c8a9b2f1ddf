"""Is the process up, and is everything behind it? `/healthz` and `/readyz`, for machines.

Both are open, set no cookie and say nothing that an attacker could use. `/readyz` answers 503
where the database is missing; a worker, sweep or broker that is missing makes it "degraded" with
200, as the pages still serve and the sweep publishes without a broker.
"""

import datetime
from collections.abc import Callable
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connections
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from ccs.lib.publicity import public
from ccs.models import Heartbeat

#: A background process unseen for longer counts as down.
SEEN_WITHIN = datetime.timedelta(seconds=30)
BROKER_PATIENCE_S = 0.5

Check = dict[str, Any]


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process is up, touching nothing behind it."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer what is there, what was seen when, and how much waits for publication."""
    checks: dict[str, Check] = {"database": check_database()}
    if checks["database"]["ok"]:
        # A portal process holds no password that could read more.
        if settings.SERVE != "portal":
            checks |= {
                "broker": check_broker(),
                "worker": check_heartbeat("worker"),
                "sweep": check_heartbeat("sweep"),
                "disclosure_queue": guarded(measure_queue),
                "backup": guarded(measure_backup),
            }
        fine = all(check.get("ok", True) for check in checks.values())
        return JsonResponse({"status": "ok" if fine else "degraded", "checks": checks})
    return JsonResponse({"status": "down", "checks": checks}, status=503)


if settings.SERVE == "portal":
    # Such a process serves public views only; the check above asks as the portal's role.
    readyz = public(readyz)


def beat_heart(name: str, *, using: str = "default") -> None:
    """Store that the background process `name` is alive now."""
    Heartbeat.objects.using(using).bulk_create(
        [Heartbeat(name=name, seen_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_at"],
    )


def check_database() -> Check:
    """Ask the database for an answer."""
    try:
        with connections["portal" if settings.SERVE == "portal" else "default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"ok": False}
    return {"ok": True}


def check_broker() -> Check:
    """Ask the broker for an answer, for half a second."""
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL.replace("redis+socket://", "unix://"),
            socket_connect_timeout=BROKER_PATIENCE_S,
            socket_timeout=BROKER_PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )
        with client:
            return {"ok": bool(client.ping())}
    except (redis.RedisError, OSError):
        return {"ok": False}


def guarded(measure: Callable[[], Check]) -> Check:
    """Run a measurement; a table that is missing (before the first migration) is not ok."""
    try:
        return measure()
    except DatabaseError:
        return {"ok": False}


def check_heartbeat(name: str) -> Check:
    """Return when the background process `name` was last seen."""

    def measure() -> Check:
        seen_at = _seen_at(name)
        age_s = _age_s(seen_at)
        alive = age_s is not None and age_s <= SEEN_WITHIN.total_seconds()
        return {"ok": alive, "seen_at": seen_at, "age_s": age_s}

    return guarded(measure)


def measure_queue() -> Check:
    """Return how many keys wait for publication and how old the oldest is, in seconds."""
    queue = apps.get_model("allimi", "DisclosureQueue")
    alias = "publisher" if "publisher" in settings.DATABASES else "default"
    found = queue.objects.using(alias).aggregate(length=Count("pk"), oldest=Min("queued_at"))
    return {"length": found["length"], "oldest_age_s": _age_s(found["oldest"])}


def measure_backup() -> Check:
    """Return how old the newest backup is, in seconds; null where there is none."""
    return {"newest_age_s": _age_s(_seen_at("backup"))}


def _seen_at(name: str) -> datetime.datetime | None:
    rows = Heartbeat.objects.using("default").filter(name=name)
    return rows.values_list("seen_at", flat=True).first()


def _age_s(moment: datetime.datetime | None) -> float | None:
    if moment is None:
        return None
    return round(max(0.0, (timezone.now() - moment).total_seconds()), 1)
