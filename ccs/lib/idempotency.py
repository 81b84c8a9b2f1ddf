"""A repeat of a request is harmless: same key and body, same answer, done once.

The key, what the request does, and its answer are written in one transaction. So there is no state
"begun and perhaps done": if the process dies, nothing was done and a repeat does it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ccs.lib.api import problem

HEADER = "Idempotency-Key"
LONGEST_KEY = 100
Handler = Callable[..., Response]


def idempotent(store: Callable[[], type[models.Model]]) -> Callable[[Handler], Handler]:
    """Make a handler of a changing request harmless to repeat under an `Idempotency-Key`.

    `store` returns the model of the keys: actor, key, body_sha256, status, answer. Answers: the
    stored one for the same key and request, 422 for another request under the same key, 409 while
    the first is still being worked on. Errors are not stored: nothing was done.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = request.headers.get(HEADER, "")
            if not key:
                return handler(view, request, *args, **kwargs)
            if len(key) > LONGEST_KEY or not key.isprintable():
                return problem(
                    code=400,
                    title=_("The data cannot be accepted"),
                    detail=_("The key has up to 100 printable characters."),
                )
            with transaction.atomic():
                return _once(store(), key, request, lambda: handler(view, request, *args, **kwargs))

        return wrapped

    return decorate


def _once(
    model: type[models.Model], key: str, request: Request, handle: Callable[[], Response]
) -> Response:
    actor = request.user.pk
    if not _hold(f"{model._meta.db_table}:{actor}:{key}"):
        return _in_flight()
    fingerprint = fingerprint_of(request)
    known = model._default_manager.filter(actor=actor, key=key).first()
    if known is not None:
        return _stored(known, fingerprint)
    response = handle()
    if response.status_code >= 400:
        transaction.set_rollback(True)
        return response
    answer = json.loads(JSONRenderer().render(response.data))
    model._default_manager.create(
        actor_id=actor,
        key=key,
        body_sha256=fingerprint,
        status=response.status_code,
        answer=answer,
    )
    return response


def _hold(name: str) -> bool:
    """Take the lock of a key until the transaction ends; False where another request holds it."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return cursor.fetchone()[0]


def _in_flight() -> Response:
    response = problem(
        code=409,
        title=_("Still being worked on"),
        detail=_("A request with this key is under way. Repeat it in a moment."),
    )
    response.headers["Retry-After"] = "1"
    return response


def _stored(known: Any, fingerprint: str) -> Response:
    if known.body_sha256 != fingerprint:
        return problem(
            code=422,
            title=_("The key was used before"),
            detail=_("Another request had this key. Choose a new key for a new request."),
        )
    response = Response(known.answer, status=known.status)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def fingerprint_of(request: Request) -> str:
    """Return the SHA-256 of what a request asks for: method, path, fields and files."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if hasattr(request.data, "lists"):
        for name, values in sorted(request.data.lists()):
            for value in values:
                digest.update(f"{name}=".encode() + _content(value) + b"\n")
    else:
        digest.update(json.dumps(request.data, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _content(value: Any) -> bytes:
    if not isinstance(value, UploadedFile):
        return str(value).encode()
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.digest()
