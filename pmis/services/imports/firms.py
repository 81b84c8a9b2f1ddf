"""Names of firms: split joint ventures, strip former names, join the spellings of one firm."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from pmis.services.imports.records import Firm

JOINT_VENTURE_NUMBER = re.compile(r"\(JV ID:[^)]*\)")
LICENCE = re.compile(r"\s*\((?:\[[A-Z]+\]\s*)?0*(\d+)\)\s*$")
#: "(FORMERLY: …)", "(FOR: …)", "(FORM. …", and what a cut leaves of it: "(F", "(".
FORMER_NAME = re.compile(r"\s*\(\s*(?:FORM[A-Z]*|FROMERLY|FOR\b|FO?$|$).*$|\s+FORMERLY.*$")
UNCLOSED = re.compile(r"\s*\([^)]*$")
NOT_A_LETTER = re.compile(r"[^A-Z0-9]+")
#: The source's column was cut after this many characters.
CUT_LENGTH = 50


def split_firms(cell: str) -> list[Firm]:
    """Return the firms of one cell; a joint venture's lead is the first."""
    without_number = JOINT_VENTURE_NUMBER.sub("", cell)
    firms = [read_firm(part) for part in re.split(r"\s/\s", without_number)]
    return list({name_key(firm.name): firm for firm in firms if firm.name}.values())


def read_firm(text: str) -> Firm:
    """Return name and licence of "A.B. BUILDERS, INC. (FORMERLY: C) ([REVOKED] 123)"."""
    licence = LICENCE.search(text)
    name = LICENCE.sub("", text)
    name = UNCLOSED.sub("", FORMER_NAME.sub("", name))
    return Firm(" ".join(name.split()).strip(" ,/"), licence[1] if licence else "")


def name_key(name: str) -> str:
    """Return the spelling-free form of a name: capitals and digits, "&" read as "and"."""
    plain = unicodedata.normalize("NFKD", name.upper().replace("&", " AND "))
    return NOT_A_LETTER.sub(" ", plain.encode("ascii", "ignore").decode()).strip()


class FirmRegister:
    """Knows which spellings are one firm: the same licence, or a name that was cut short."""

    def __init__(self, firms: Iterable[Firm]) -> None:
        self._names: dict[str, str] = {}
        licences: dict[str, set[str]] = {}
        for firm in firms:
            key = name_key(firm.name)
            self._names[key] = max(self._names.get(key, ""), firm.name)
            if firm.licence:
                licences.setdefault(key, set()).add(firm.licence)
        #: A name with several licences names several firms: no licence joins it to others.
        self._licences = {key: min(found) for key, found in licences.items() if len(found) == 1}
        self._same = self._joined_by_licence()
        self._sorted = sorted(self._names)

    def _joined_by_licence(self) -> dict[str, str]:
        holders: dict[str, list[str]] = {}
        for key, licence in self._licences.items():
            holders.setdefault(licence, []).append(key)
        return {
            key: max(keys, key=lambda name: (len(name), name))
            for keys in holders.values()
            for key in keys
        }

    def identify(self, firm: Firm) -> tuple[str, Firm]:
        """Return the key of the firm and the firm with its full name and licence."""
        key = self._full_name(name_key(firm.name), firm.name)
        key = self._same.get(key, key)
        return key, replace(firm, name=self._names[key], licence=self._licences.get(key, ""))

    def _full_name(self, key: str, name: str) -> str:
        """Return the one longer name that a cut name begins, else the name itself."""
        if not CUT_LENGTH - 1 <= len(name) <= CUT_LENGTH:
            return key
        longer = set()
        for other in self._sorted[bisect_right(self._sorted, key) :]:
            if not other.startswith(key):
                break
            longer.add(self._same.get(other, other))
        return longer.pop() if len(longer) == 1 else key
