"""Short messages behind a port: what sends them is a setting (`CCS_SMS_ADAPTER`).

A city that has a provider writes a class with `send(number, text)` that raises `SmsNotSent`, and
names it in the setting; nothing else changes.
"""

from __future__ import annotations

import logging
import re
import time
from email.message import EmailMessage
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)
#: A message of two parts in the alphabets of the GSM standard that holds Korean (UCS-2).
MOST_LETTERS = 134
_NOT_DIALLED = re.compile(r"[ ().\-]")
_NUMBER = re.compile(r"\+?\d{8,15}")


class SmsNotSent(Exception):
    """Raised when a message was not taken; it may be sent again later."""


class Adapter(Protocol):
    """What sends short messages."""

    def send(self, number: str, text: str) -> None:
        """Send `text` to `number` (digits, with a leading + where international).

        Raises SmsNotSent.
        """


class ConsoleAdapter:
    """Writes messages to the log: for an installation without a provider."""

    def send(self, number: str, text: str) -> None:
        """Log the message; of the number only its end."""
        logger.info("short message to …%s: %s", number[-4:], text)


class OutboxAdapter:
    """Writes messages beside the mails of a demonstration, whose outbox page shows them."""

    def send(self, number: str, text: str) -> None:
        """Write one file."""
        message = EmailMessage()
        message["To"], message["Subject"] = number, "SMS"
        message["Date"] = formatdate(localtime=True)
        message.set_content(text)
        folder = Path(settings.DATA_DIR) / "outbox"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"sms-{time.time_ns()}.log").write_bytes(message.as_bytes())


@lru_cache(maxsize=4)
def adapter(path: str) -> Adapter:
    """Return the adapter of a dotted path."""
    return import_string(path)()


def dialled(number: str) -> str:
    """Return a number as it is dialled, empty where it is none."""
    digits = _NOT_DIALLED.sub("", number)
    return digits if _NUMBER.fullmatch(digits) else ""


def send(number: str, text: str) -> bool:
    """Send a short message, cut to what fits; return whether there was a number to send it to.

    Raises SmsNotSent where the provider did not take it.
    """
    if not (digits := dialled(number)):
        return False
    adapter(settings.SMS_ADAPTER).send(digits, text[:MOST_LETTERS])
    return True
