"""The Korean catalogue is whole: nothing empty, nothing doubtful, and compiled as it stands."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def korean() -> Catalog:
    """Return the Korean catalogue as it is written."""
    path = Path(settings.BASE_DIR, "locale/ko/LC_MESSAGES/django.po")
    with path.open("rb") as file:
        return read_po(file, locale="ko")


def texts(message: Message) -> list[str]:
    """Return the translations of a message; Korean has one form."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_every_message_is_translated_and_none_is_doubtful() -> None:
    left = [
        message.id
        for message in korean()
        if message.id and (message.fuzzy or not all(texts(message)) or not texts(message))
    ]
    assert not left


def test_translations_keep_the_placeholders() -> None:
    for message in korean():
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for text in texts(message):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(source)), source


def test_compiled_catalogue_says_what_the_written_one_says() -> None:
    path = Path(settings.BASE_DIR, "locale/ko/LC_MESSAGES/django.mo")
    with path.open("rb") as file:
        compiled = GNUTranslations(file)
    for message in korean():
        if message.id and isinstance(message.id, str) and not message.context:
            assert compiled.gettext(message.id) == message.string, message.id
