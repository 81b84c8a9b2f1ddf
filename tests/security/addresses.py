"""Every address of the URLconf, with something in the place of its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RegexPattern
from django.utils import translation
from django.utils.regex_helper import normalize

#: What stands for a parameter, by its converter or its name.
SAMPLES = {
    "uuid": "01940000-0000-7000-8000-000000000000",
    "int": "1",
    "sha256": "a" * 64,
    "str": "x",
    "slug": "x",
    "path": "x",
    "app_label": "ccs",
}
PARAMETER = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Address:
    """One line of the URLconf."""

    path: str
    name: str
    view: Callable[..., Any]

    @property
    def is_public(self) -> bool:
        """Whether everyone may read it, past session and sign-in."""
        return getattr(self.view, "is_public", False)


def all_addresses() -> list[Address]:
    """Return every address, those below a language once for each language."""
    found: dict[str, Address] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for address in _walk(get_resolver(), "/", ""):
                found.setdefault(address.path, address)
    return list(found.values())


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        path = prefix + _piece(entry)
        if isinstance(entry, URLPattern):
            yield Address(path, f"{namespace}{entry.name or ''}", entry.callback)
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, path, inner)


def _piece(entry: URLPattern | URLResolver) -> str:
    pattern = entry.pattern
    if isinstance(pattern, LocalePrefixPattern):
        return pattern.language_prefix
    if isinstance(pattern, RegexPattern):
        text, names = normalize(pattern.regex.pattern)[0]
        return text % {name: SAMPLES.get(name, "x") for name in names}
    return PARAMETER.sub(
        lambda found: SAMPLES.get(found["name"], SAMPLES[found["converter"] or "str"]),
        str(pattern),
    )
