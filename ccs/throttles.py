"""How often the API answers: counted in the broker, so that all web servers share one count.

A window is a minute of the clock; a request is counted by one atomic step. Whatever goes wrong with
the broker, the request is answered: a limit that nobody can count is no reason to refuse. What a
cache answers, and what has not changed since the asker's copy (304), is not counted.
"""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ccs.auth.guard import address_key
from ccs.lib.addresses import client_address

if TYPE_CHECKING:  # the views import this module
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW_S = 60
#: A broker that takes longer is treated as one that does not answer.
BROKER_LIMIT_S = 0.2
#: So long the broker is left alone after it did not answer.
PAUSE_S = 5.0


class Counter:
    """Counts requests by key and minute in the broker; says 0 where it cannot be reached."""

    def __init__(self, url: str) -> None:
        # Celery names a socket `redis+socket://`, the client `unix://`.
        self._broker = redis.Redis.from_url(
            url.replace("redis+socket://", "unix://", 1),
            socket_timeout=BROKER_LIMIT_S,
            socket_connect_timeout=BROKER_LIMIT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._resume_at = 0.0

    def count(self, key: str, window: int) -> int:
        """Count one request under `key` in this window and return how many there are now."""
        if time.monotonic() < self._resume_at:
            return 0
        name = f"ccs:requests:{key}:{window}"
        try:
            count, _expires = (
                self._broker.pipeline().incr(name).expire(name, 2 * WINDOW_S).execute()
            )
        except (RedisError, OSError) as error:
            self._resume_at = time.monotonic() + PAUSE_S
            logger.warning("Requests are not counted, as the broker does not answer: %s", error)
            return 0
        return int(count)


@cache
def counter(url: str) -> Counter:
    """Return this process's counter."""
    return Counter(url)


class MinuteThrottle(BaseThrottle):
    """Refuses what is beyond `limit()` requests a minute of one asker; 0 refuses nothing."""

    _now = 0.0

    def limit(self) -> int:
        """Return how many requests a minute are answered."""
        raise NotImplementedError

    def asker(self, request: Request) -> str:
        """Return who asks; an empty text is never refused."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request and return whether it is answered."""
        if not (limit := self.limit()) or not (asker := self.asker(request)):
            return True
        self._now = time.time()
        return counter(settings.REDIS_URL).count(asker, int(self._now // WINDOW_S)) <= limit

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return max(1.0, WINDOW_S - self._now % WINDOW_S)


class AddressThrottle(MinuteThrottle):
    """For what everyone may read: counts by network address."""

    def limit(self) -> int:
        """Return `API_LIMIT_PER_ADDRESS`."""
        return settings.API_LIMIT_PER_ADDRESS

    def asker(self, request: Request | HttpRequest) -> str:
        """Return a fingerprint: the broker keeps no addresses of citizens."""
        if not (address := client_address(request)):
            return ""
        return salted_hmac("ccs.throttles", address_key(address), algorithm="sha256").hexdigest()


class PersonThrottle(MinuteThrottle):
    """For signed-in people and their programs: each key counts by itself."""

    def limit(self) -> int:
        """Return `API_LIMIT_PER_PERSON`."""
        return settings.API_LIMIT_PER_PERSON

    def asker(self, request: Request) -> str:
        """Return the person, or the key that the request carries."""
        if not request.user.is_authenticated:
            return ""
        return f"key:{request.auth.pk}" if request.auth else f"person:{request.user.pk}"


def describe_limits(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the answer of a used-up limit to each operation of the OpenAPI description."""
    answer = {
        "description": "Too many requests in this minute; `Retry-After` says how long to wait.",
        "headers": {
            "Retry-After": {
                "description": "Seconds until the next request is answered.",
                "schema": {"type": "integer", "minimum": 1},
            }
        },
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"].setdefault("429", answer)
    return result
