"""Finding the area that a free spelling means."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ccs.models import Area
from pmis.services.imports.records import PlaceHint

#: Names the source uses, or used before a renaming → name in the official list.
OTHER_PROVINCE_NAMES = {
    "WESTERN SAMAR": "SAMAR",
    "NORTH COTABATO": "COTABATO",
    "COMPOSTELA VALLEY": "DAVAO DE ORO",
    "MINDORO OCCIDENTAL": "OCCIDENTAL MINDORO",
    "MINDORO ORIENTAL": "ORIENTAL MINDORO",
}
OTHER_REGION_NAMES = {
    "METROPOLITAN MANILA": "NATIONAL CAPITAL REGION",
    "METRO MANILA": "NATIONAL CAPITAL REGION",
    "REGION IV B": "MIMAROPA REGION",
    # Divided in two in 2022; both lie in the Bangsamoro.
    "MAGUINDANAO": "BANGSAMORO AUTONOMOUS REGION IN MUSLIM MINDANAO",
}
OTHER_PLACE_NAMES = {
    "BALIUAG": "BALIWAG",
    "MONTALBAN": "RODRIGUEZ",
    "PIGCAWAYAN": "PIGKAWAYAN",
    "Q C": "QUEZON",
    "QC": "QUEZON",
}
ABBREVIATIONS = {
    "STO": "SANTO",
    "STA": "SANTA",
    "GEN": "GENERAL",
    "PRES": "PRESIDENT",
    "MT": "MOUNT",
}
IN_BRACKETS = re.compile(r"\(([^()]*)\)")
CITY_WORDS = re.compile(r"^(?:CITY|MUNICIPALITY) OF | CITY$")
SEGMENTS = re.compile(r"[,;()]|\s-\s|\bin\b", re.IGNORECASE)


def fold(name: str) -> str:
    """Return a name without accents, punctuation, abbreviations and "city": SANTO TOMAS."""
    plain = unicodedata.normalize("NFKD", name.upper()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Z0-9]+", " ", plain.replace("'", "")).split()
    whole = " ".join(ABBREVIATIONS.get(word, word) for word in words)
    return CITY_WORDS.sub("", whole)


def _says_city(text: str) -> bool:
    return "CITY" in text.upper() or "Q.C." in text.upper()


@dataclass(frozen=True)
class Placement:
    """The area found, and what could not be matched on the way."""

    area: Area
    #: Empty where the municipality was found.
    missing: str = ""


class Gazetteer:
    """The areas below one root, found by the names people write."""

    def __init__(self, root: Area) -> None:
        self.root = root
        self._areas = {
            area.pk: area
            for area in Area.objects.filter(path__contains=[root.pk]).defer("map_path", "map_label")
        }
        self._regions: dict[str, Area] = {}
        self._provinces: dict[str, Area] = {}
        #: Region or province → folded name → its places; a region has all places below it.
        self._places: dict[int, dict[str, list[Area]]] = {}
        for area in self._areas.values():
            self._index(area)

    def _index(self, area: Area) -> None:
        name = area.name_in("en")
        if area.kind == Area.Kind.REGION:
            self._regions[fold(IN_BRACKETS.sub("", name))] = area
        elif area.kind == Area.Kind.PROVINCE:
            self._provinces[fold(name)] = area
        elif area.kind == Area.Kind.MUNICIPALITY:
            spellings = {fold(IN_BRACKETS.sub("", name)), *map(fold, IN_BRACKETS.findall(name))}
            for above in area.path[1:-1]:
                for spelling in spellings:
                    self._places.setdefault(above, {}).setdefault(spelling, []).append(area)

    def place(self, hint: PlaceHint) -> Placement:
        """Return the municipality if it can be found, else province, else region, else root."""
        region = self._region(hint.region)
        province = self._province(hint.province) or self._region(hint.province)
        wanted, named_province = self._wanted(hint.municipality)
        scopes = [area for area in (named_province, province, region) if area is not None]
        scopes += [
            parent for parent in map(self._parent, scopes) if parent not in (None, self.root)
        ]
        # "Davao City" stands as a province and is a city.
        own = [fold(hint.province)] if hint.province and province is None else []
        for scope in scopes:
            if found := self._find(scope, [*wanted, *own]):
                return Placement(found)
        for scope in [area for area in (named_province, province) if area is not None]:
            if found := self._find_in_text(scope, hint.text):
                return Placement(found)
        return self._fallback(hint, scopes)

    def _fallback(self, hint: PlaceHint, scopes: list[Area]) -> Placement:
        missing = (
            f"no municipality is called {hint.municipality!r}"
            if hint.municipality
            else "no municipality is stated"
        )
        if not scopes:
            stated = hint.province or hint.region or "nothing"
            return Placement(self.root, f"{missing}; region or province: {stated!r}")
        return Placement(scopes[0], missing)

    def _region(self, name: str) -> Area | None:
        key = fold(IN_BRACKETS.sub("", name))
        return self._regions.get(OTHER_REGION_NAMES.get(key, key))

    def _province(self, name: str) -> Area | None:
        key = fold(IN_BRACKETS.sub("", name))
        return self._provinces.get(OTHER_PROVINCE_NAMES.get(key, key))

    def _parent(self, area: Area) -> Area | None:
        return self._areas.get(area.parent_id)

    def _wanted(self, municipality: str) -> tuple[list[str], Area | None]:
        """Return the names and the province of "BALAGTAS (BIGAA) (BULACAN)"."""
        flat = re.sub(r"\(([^()]*)\(([^()]*)\)\)", r"(\1)", municipality)
        brackets = IN_BRACKETS.findall(flat)
        names = [fold(IN_BRACKETS.sub("", flat)), *map(fold, brackets[:-1])]
        names = [OTHER_PLACE_NAMES.get(name, name) for name in names if name]
        last = brackets[-1] if brackets else ""
        return names, self._province(last) or self._region(last)

    def _find_in_text(self, scope: Area, text: str) -> Area | None:
        """Return the place that a text ends on: "…, Tarlac City, Tarlac", "… Basco, Batanes".

        A part between commas that is a name goes before the last words of the last part. An
        independent city does not belong to the province, so it is sought in the region too,
        but only where the text says "city".
        """
        own = fold(scope.name_in("en"))
        parts = [part.strip() for part in SEGMENTS.split(text) if part.strip()]
        parts = [part for part in reversed(parts) if fold(part) != own or _says_city(part)]
        names = [OTHER_PLACE_NAMES.get(fold(part), fold(part)) for part in parts]
        if found := self._find(scope, names):
            return found
        last_words = names[0].removesuffix(f" {own}").split() if names else []
        endings = [" ".join(last_words[at:]) for at in range(1, len(last_words))]
        cities = [name for name, part in zip(names, parts, strict=True) if _says_city(part)]
        region = self._parent(scope)
        return self._find(scope, endings) or (region and self._find(region, cities))

    def _find(self, scope: Area, names: list[str]) -> Area | None:
        known = self._places.get(scope.pk, {})
        for name in names:
            found = known.get(name, [])
            direct = [area for area in found if area.parent_id == scope.pk]
            if len(found) == 1 or len(direct) == 1:
                return (direct or found)[0]
        return None
