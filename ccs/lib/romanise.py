"""Korean names in Latin letters, where no official English name is known.

Revised Romanization of Korean (Ministry of Culture notice 2000-8), with the sound changes
between syllables that the notice asks for in place names. A name made here is marked as derived
by whoever stores it; an official English name always goes before it.
"""

import re

FIRST_SYLLABLE = 0xAC00
LAST_SYLLABLE = 0xD7A3
INITIALS = "g kk n d tt r m b pp s ss - j jj ch k t p h".split()
VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
#: Sound at the end of a word or before a consonant, in the order of the Unicode finals.
FINALS = "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split()
#: What a final becomes before a vowel, where it moves over to the next syllable.
LIAISON = "- g kk ks n nj n d r lg lm lb ls lt lp r m b ps s ss ng j ch k t p -".split()
SILENT_INITIAL = 11
#: Final sound + initial letter, where the pair is not simply written side by side.
ASSIMILATED = {
    "kn": "ngn", "km": "ngm", "kr": "ngn",
    "tn": "nn", "tm": "nm", "tr": "nn",
    "pn": "mn", "pm": "mm", "pr": "mn",
    "nr": "ll", "ln": "ll", "lr": "ll",
    "mr": "mn", "ngr": "ngn",
    "kh": "k", "th": "t", "ph": "p",
}  # fmt: skip
DIGIT_NAMES = ("yeong", "il", "i", "sam", "sa", "o", "yuk", "chil", "pal", "gu")
#: Administrative endings are set off by a hyphen and keep their spelling.
PLACE_ENDINGS = {
    "동": "dong",
    "구": "gu",
    "시": "si",
    "군": "gun",
    "읍": "eup",
    "면": "myeon",
    "리": "ri",
}
NUMBERED_DONG = re.compile(r"^(?P<stem>[가-힣]+?)제?(?P<digit>\d)(?P<ending>[가-힣])$")


def has_hangul(text: str) -> bool:
    """Return whether `text` holds a Hangul syllable."""
    return any(FIRST_SYLLABLE <= ord(letter) <= LAST_SYLLABLE for letter in text)


def romanise(text: str) -> str:
    """Return `text` with its Hangul romanised and each word's first letter in capitals."""
    return " ".join(_capitalised(_word(word)) for word in text.split())


def romanise_place(name: str) -> str:
    """Return the romanised name of an area: 위례동 → Wirye-dong, 상일제1동 → Sangil 1(il)-dong.

    The form of the numbered ones is that of the official list of Statistics Korea.
    """
    numbered = NUMBERED_DONG.match(name)
    if numbered and numbered["ending"] in PLACE_ENDINGS:
        digit = int(numbered["digit"])
        ending = PLACE_ENDINGS[numbered["ending"]]
        return f"{romanise(numbered['stem'])} {digit}({DIGIT_NAMES[digit]})-{ending}"
    if len(name) > 1 and name[-1] in PLACE_ENDINGS and has_hangul(name[:-1]):
        return f"{romanise(name[:-1])}-{PLACE_ENDINGS[name[-1]]}"
    return romanise(name)


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]


def _word(word: str) -> str:
    letters: list[str] = []
    final = 0
    for letter in word:
        if not has_hangul(letter):
            letters += [_sound(FINALS[final]), letter]
            final = 0
            continue
        code = ord(letter) - FIRST_SYLLABLE
        initial, vowel = code // 588, code % 588 // 28
        letters += [_joined(final, initial), VOWELS[vowel]]
        final = code % 28
    return "".join([*letters, _sound(FINALS[final])])


def _joined(final: int, initial: int) -> str:
    """Return the consonants between two vowels."""
    if initial == SILENT_INITIAL:
        return LIAISON[final].replace("-", "")
    pair = _sound(FINALS[final]) + INITIALS[initial]
    return ASSIMILATED.get(pair, pair)


def _sound(letter: str) -> str:
    return "" if letter == "-" else letter
