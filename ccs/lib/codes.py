"""Verification codes that people copy from paper: 15 random letters and one that checks them.

The alphabet is Crockford's base 32, without I, L, O and U. The check letter is the value of the
others as a polynomial over the field of 32 elements, so that one wrong letter, or two that changed
places, never give another valid code.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: 75 random bits: nobody finds a code by trying.
RANDOM_LETTERS = 15
LENGTH = RANDOM_LETTERS + 1
GROUP = 4
#: Letters that are read for others on paper.
CONFUSABLE = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
#: What separates groups when people type or copy.
SEPARATORS = re.compile(r"[\s\-_.:·\u2010-\u2015\u2212]+")
#: x^5 + x^2 + 1 is primitive over the field of two elements.
_MODULUS = 0b100101
_LONGEST_INPUT = 100


def new_code() -> str:
    """Return a new code without separators."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LETTERS))
    return letters + check_letter(letters)


def check_letter(letters: str) -> str:
    """Return the letter that checks `letters` of the alphabet."""
    value = 0
    for letter in letters:
        value = _times_x(value) ^ ALPHABET.index(letter)
    return ALPHABET[_times_x(value)]


def grouped(code: str) -> str:
    """Return a code as it is printed: 7K3F-9QXM-2B4T-H8RC."""
    return "-".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def as_code(text: str) -> str | None:
    """Return the code that a person typed, None where it cannot be one.

    Case, separators, full-width and other digits do not matter, and letters that look alike count
    as the one that codes use.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    plain = SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    plain = "".join(_latin_digit(letter) for letter in plain).translate(CONFUSABLE)
    if len(plain) != LENGTH or set(plain) - set(ALPHABET):
        return None
    return plain if check_letter(plain[:-1]) == plain[-1] else None


def _latin_digit(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    return letter if digit is None else str(digit)


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ _MODULUS if value & 0b100000 else value
