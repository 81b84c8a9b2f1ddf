"""Middleware of the working side: what a request shows of personal data is logged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from ccs.lib.addresses import client_address
from ccs.lib.personal_data import Shown, new_shown, noting
from pmis.services.personal_data import record_access

GetResponse = Callable[[HttpRequest], HttpResponseBase]
#: Answers beside success that show what was asked for or typed: wrong, in conflict, unprocessable.
SHOWING = (400, 409, 422)


class PersonalDataMiddleware:
    """Log who was shown personal data: pages, API, prints, spreadsheets and the back office.

    What was read is known when the answer is made (`ccs/lib/personal_data.py`). SECURITY: the log
    is written before the answer leaves; where it cannot be written, nothing is shown. A redirect
    or a refusal shows nothing, whatever was read to decide on it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request and log what the answer shows."""
        shown = new_shown()
        with noting(shown):
            response = self.get_response(request)
        if not (response.status_code < 300 or response.status_code in SHOWING):
            return response
        if response.streaming and not isinstance(response, FileResponse):
            response.streaming_content = _streamed(request, response.streaming_content, shown)
        else:
            _log(request, shown)
        return response


def _streamed(request: HttpRequest, parts: Iterable[bytes], shown: Shown) -> Iterator[bytes]:
    """Pass on an answer that is made while it is sent, then log what it showed."""
    source = iter(parts)
    try:
        while True:
            # Only while a part is made: between two parts the thread may serve others.
            with noting(shown):
                part = next(source, None)
            if part is None:
                return
            yield part
    finally:
        _log(request, shown)


def _log(request: HttpRequest, shown: Shown) -> None:
    # With a key of the API the person is known only after the view has asked for it.
    user = getattr(request, "user", None)
    if shown and user is not None and user.is_authenticated:
        record_access(
            shown=shown,
            user=user,
            address=client_address(request),
            method=request.method or "",
            path=request.path,
        )
