"""How words are compared: the same folding in Python as `ccs_fold` does in the database.

Trigrams find no Korean word of two syllables, and in a database whose character type is `C` none
at all, silently. Two neighbouring letters of a word do, in every script (targets.md, search).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

#: Accents and other marks of European scripts and Vietnamese; Thai and Arabic marks stay.
MARKS = r"[\u0300-\u036f]"
#: What separates words: spaces, punctuation of ASCII, general and CJK punctuation, a middle dot.
SEPARATORS = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf"
    r"\u1680\u2000-\u206f\u3000-\u303f\uff5f-\uff65]+"
)
#: Words of alphabetic scripts in which a slip of the finger is one letter among many.
LETTERS = r"^[a-z\u00df-\u024f\u0370-\u052f\u0600-\u06ff]{4,}$"
#: A word is found by two of its letters and more.
SHORTEST = 2
#: More words than this narrow a search no further.
MOST_WORDS = 8
#: How alike two words are that differ by a typing error (0 to 1).
ALIKE = 0.7

_marks, _separators, _letters = re.compile(MARKS), re.compile(SEPARATORS), re.compile(LETTERS)


def fold(text: str) -> str:
    """Return text as it is compared: small letters, without accents, in compatibility form."""
    spread = unicodedata.normalize("NFKD", text.lower()).replace("đ", "d")
    return unicodedata.normalize("NFKC", _marks.sub("", spread))


def words_of(text: str) -> list[str]:
    """Return the folded words of a typed search, each once, in the order typed."""
    words = dict.fromkeys(word for word in _separators.split(fold(text)) if word)
    return list(words)[:MOST_WORDS]


def bigrams_of(words: Iterable[str]) -> list[str]:
    """Return every two neighbouring letters of the words, each once."""
    pairs = {word[at : at + 2] for word in words for at in range(len(word) - 1)}
    return sorted(pairs)


def is_alphabetic(word: str) -> bool:
    """Return whether a folded word is long enough, and written so, that a typo can be mended."""
    return bool(_letters.match(word))


def marked(text: str, words: Iterable[str], *, alike: bool = False) -> list[tuple[str, bool]]:
    """Return `text` in pieces: (piece, whether it is a hit).

    With `alike`, whole words that differ from a searched one by a typing error are hits as well.
    """
    folded, places = _fold_with_places(text)
    spans = [
        (match.start(), match.end())
        for word in words
        for match in re.finditer(re.escape(word), folded)
    ]
    if alike:
        spans += _alike_spans(folded, list(words))
    return _pieces(text, [(places[start], places[end]) for start, end in sorted(spans)])


def excerpt(text: str, words: Iterable[str], *, length: int = 160, alike: bool = False) -> str:
    """Return about `length` letters of `text` around the first hit."""
    plain = " ".join(text.split())
    before = ""
    for piece, is_hit in marked(plain, words, alike=alike):
        if is_hit:
            break
        before += piece
    else:
        before = ""
    start = max(0, len(before) - length // 3)
    start = plain.find(" ", start) + 1 if start and " " in plain[start : len(before)] else start
    part = plain[start : start + length]
    return ("… " if start else "") + part + (" …" if start + length < len(plain) else "")


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return folded text, and for each of its letters (and the end) its place in `text`."""
    folded, places = "", []
    for place, letter in enumerate(text):
        small = fold(letter)
        folded += small
        places += [place] * len(small)
    return folded, [*places, len(text)]


def _alike_spans(folded: str, words: list[str]) -> list[tuple[int, int]]:
    spans = []
    for match in re.finditer(r"[^\W\d_]{4,}", folded):
        close = any(
            is_alphabetic(word) and SequenceMatcher(None, word, match.group()).ratio() >= ALIKE
            for word in words
        )
        if close:
            spans.append((match.start(), match.end()))
    return spans


def _pieces(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    pieces, at = [], 0
    for start, end in spans:
        if end <= at:
            continue
        start = max(start, at)
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces
