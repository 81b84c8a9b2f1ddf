"""The frame around every public page: languages, menu, crumbs, where the search leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, get_language_info, gettext_noop
from django.utils.translation import gettext as _

#: Name that an installation without one of its own shows in the reader's language.
DEFAULT_SITE_NAME = gettext_noop("Seoul (demonstration)")
#: Language of the records' own text: that of the people who write them.
RECORD_LANGUAGES = {"KR": "ko"}


def record_language() -> str:
    """Return the language in which this installation's records are written."""
    return RECORD_LANGUAGES.get(settings.COUNTRY, "en")


def foreign_language() -> str:
    """Return the records' language where it differs from the page's, else an empty string."""
    language = record_language()
    return "" if language == get_language() else language


@dataclass(frozen=True)
class Link:
    """A link of the menu or the footer."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class Crumb:
    """A step of the way to this page; the last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class LanguageLink:
    """The same page in another language."""

    code: str
    name: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Frame:
    """What `base_public.html` needs to know."""

    language: str
    direction: str
    language_name: str
    languages: list[LanguageLink]
    home: str
    search: str
    site_name: str
    demo: str
    menu: tuple[Link, ...]
    footer: tuple[Link, ...]
    crumbs: list[Crumb] = field(default_factory=list)

    @property
    def identity(self) -> tuple[object, ...]:
        """What the frame's parts hang on: equal frames are drawn once."""
        return (self.languages[0].url, self.menu, tuple(self.crumbs), self.demo, self.site_name)


def frame(
    path: str, query: str = "", crumbs: list[Crumb] | None = None, section: str = ""
) -> Frame:
    """Return the frame of the page at `path` with its query string.

    `section` names the entry of the main menu that the page belongs to.
    """
    language = get_language() or settings.LANGUAGE_CODE
    info = get_language_info(language)
    return Frame(
        language=language,
        direction="rtl" if info["bidi"] else "ltr",
        language_name=info["name_local"],
        languages=_languages(path, query, language),
        home=reverse("allimi:front"),
        search=reverse("allimi:projects"),
        site_name=_(settings.SITE_NAME),
        demo=settings.DEMO,
        menu=_menu(section, language),
        footer=_footer(language),
        crumbs=crumbs or [],
    )


def in_language(path: str, language: str) -> str:
    """Return the address of the same page in `language`."""
    parts = path.split("/", 2)
    rest = parts[2] if len(parts) > 2 else ""
    return f"/{language}/{rest}"


def _languages(path: str, query: str, current: str) -> list[LanguageLink]:
    suffix = f"?{query}" if query else ""
    return [
        LanguageLink(
            code,
            get_language_info(code)["name_local"],
            in_language(path, code) + suffix,
            code == current,
        )
        for code, _name in settings.LANGUAGES
    ]


@lru_cache(maxsize=64)
def _menu(section: str, language: str) -> tuple[Link, ...]:
    """Return the main menu; `language` is the active one, and so part of what is remembered."""
    entries = [
        ("front", _("Find works")),
        ("projects", _("All projects")),
        ("near", _("Near me")),
        ("withheld", _("Withheld items")),
        ("about", _("About")),
    ]
    return tuple(Link(label, reverse(f"allimi:{name}"), name == section) for name, label in entries)


@lru_cache(maxsize=16)
def _footer(language: str) -> tuple[Link, ...]:
    """Return the links of the footer; `language` is the active one."""
    return (
        Link(_("Register of withheld items"), reverse("allimi:withheld")),
        Link(_("Verify a document"), reverse("allimi:verify")),
        Link(_("Help"), reverse("allimi:help")),
        Link(_("Accessibility"), reverse("allimi:about") + "#accessibility"),
        Link(_("Privacy"), reverse("allimi:about") + "#privacy"),
        Link(_("Open data and API"), "/api/v1/"),
    )
