"""Walk the public side as a stranger does: every link of every answer, headers included."""

from __future__ import annotations

import gzip
import html
import re
from collections import deque
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from allimi.roles import PORTAL
from tests.allimi.test_roles import acting_as

HOST = "http://testserver"
#: More answers than this would mean a trap of endless links.
MOST_ANSWERS = 2500
LINK = re.compile(r'(?:href|src|action|poster)="([^"]+)"|"(http://testserver[^"]*)"')


@dataclass(frozen=True)
class Answer:
    """One answer as the stranger got it."""

    address: str
    status: int
    headers: dict[str, str]
    body: str

    @property
    def text(self) -> str:
        """Everything that was sent, in lower case."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{head}\n\n{self.body}".lower()

    @property
    def digits(self) -> str:
        """The same with the marks inside of numbers taken out: 1,234.5 becomes 12345."""
        return re.sub(r"(?<=\d)[,.\s\u00a0\u202f](?=\d)", "", self.text)


def is_public(address: str) -> bool:
    """Return whether the view at this address is open to everyone."""
    try:
        return getattr(resolve(urlsplit(address).path).func, "is_public", False)
    except Resolver404:
        return False


def fetch(client: Client, address: str, **headers: str) -> Answer:
    """Return the answer of `address`; a public one is read as the portal's role."""
    role: AbstractContextManager[None] = acting_as(PORTAL) if is_public(address) else nullcontext()
    with role:
        response = client.get(address, headers=headers)
        body = _body(response)
    return Answer(address, response.status_code, dict(response.headers), body)


def _body(response: HttpResponseBase) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if response.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return content.decode("utf-8", "backslashreplace")


def links_of(answer: Answer) -> set[str]:
    """Return the addresses on this site that an answer leads to."""
    texts = [first or second for first, second in LINK.findall(answer.body)]
    texts.append(answer.headers.get("Location", ""))
    found = {
        urldefrag(urljoin(HOST + answer.address, html.unescape(text))).url for text in texts if text
    }
    return {
        link.removeprefix(HOST)
        for link in found
        if link.startswith(HOST + "/") and not link.startswith(f"{HOST}/static/")
    }


def crawl(client: Client, starts: Iterable[str]) -> list[Answer]:
    """Return the answers of `starts` and of all that they lead to."""
    waiting, seen = deque(starts), set()
    answers = []
    while waiting:
        address = waiting.popleft()
        if address in seen:
            continue
        seen.add(address)
        answer = fetch(client, address)
        answers.append(answer)
        assert len(answers) < MOST_ANSWERS, "the links do not end"
        if is_public(address):
            waiting.extend(sorted(links_of(answer) - seen))
    return answers
