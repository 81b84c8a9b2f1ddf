"""Public requests: marked on the view, served without session, user or cookie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

_in_public_request: ContextVar[bool] = ContextVar("in_public_request", default=False)


class PrivateDataTouched(RuntimeError):
    """Raised when a public view asks the working database for anything."""


def public(view: ViewT) -> ViewT:
    """Mark `view` as open to everyone: it reads as the portal's role and sets no cookie.

    SECURITY: `ccs.middleware.PublicRequestMiddleware` calls such a view past the session,
    sign-in and CSRF middleware, so it must not change anything.
    """
    view.is_public = True
    return view


def in_public_request() -> bool:
    """Return whether the code runs for a public page."""
    return _in_public_request.get()


@contextmanager
def public_request() -> Iterator[None]:
    """Send every read inside the block to the portal's connection."""
    token = _in_public_request.set(True)
    try:
        yield
    finally:
        _in_public_request.reset(token)
