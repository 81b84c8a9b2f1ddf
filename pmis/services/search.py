"""Search over all that a person may see, and the filters they keep (targets.md, search)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.search import (
    SHORTEST,
    bigrams_of,
    excerpt,
    is_alphabetic,
    marked,
    words_of,
)
from ccs.models import User
from pmis.filters import ProjectFilter
from pmis.models import Project, RecordQuerySet, SavedFilter, SearchEntry
from pmis.records import RecordType, types

#: Hits of each type on the first page, and of one type on its own pages.
FEW, PAGE = 5, 25
#: Letters of a search that are read.
LONGEST = 200
#: From which likeness on a word with a typing error is found (pg_trgm, 0 to 1).
LIKENESS = 0.4
#: Filters of one person for one register.
MOST_SAVED = 50

Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class Kind:
    """A type of records that can be found: its heading and the page of a hit."""

    record_type: str
    label: Any
    url: Callable[[dict[str, Any]], str]
    #: The model's rows that a person may see, where that is less than all of the project.
    visible: Callable[[User], models.QuerySet] | None = None


@dataclass(frozen=True)
class Hit:
    """One record found."""

    title: Pieces
    url: str
    day: datetime.date | None
    number: int | None
    text: Pieces
    project: str
    is_training: bool


@dataclass(frozen=True)
class Group:
    """The hits of one type; `next_key` is where the following ones begin, empty at the end."""

    kind: Kind
    hits: list[Hit]
    next_key: str


@dataclass(frozen=True)
class Found:
    """What a search found; `is_alike`: no word as typed, but words like them."""

    groups: list[Group]
    words: list[str]
    is_alike: bool = False

    @property
    def is_too_short(self) -> bool:
        """Whether no word has enough letters to be looked for."""
        return not any(len(word) >= SHORTEST for word in self.words)


def kinds() -> list[Kind]:
    """Return what can be found, in the order shown: projects, people, contracts, records."""

    def below(name: str) -> Callable[[dict[str, Any]], str]:
        return lambda row: reverse(name, args=[row["project__public_id"], row["public_id"]])

    def alone(name: str) -> Callable[[dict[str, Any]], str]:
        return lambda row: reverse(name, args=[row["public_id"]])

    first = [
        Kind("project", gettext_lazy("Projects"), alone("pmis:project-detail")),
        Kind(
            "participant",
            gettext_lazy("People"),
            lambda row: reverse("pmis:participant-list", args=[row["project__public_id"]]),
        ),
        Kind("contract", gettext_lazy("Contracts"), below("pmis:contract-detail")),
        Kind("subcontract", gettext_lazy("Subcontracts"), below("pmis:subcontract-detail")),
    ]
    records = [
        Kind(
            entry.record_type,
            entry.label_plural,
            alone(f"pmis:{entry.name}-detail"),
            _rule_of(entry),
        )
        for entry in types()
    ]
    return [*first, *records, Kind("photo", gettext_lazy("Photos"), alone("pmis:photo"))]


def _rule_of(entry: RecordType) -> Callable[[User], models.QuerySet] | None:
    """Return who sees which records of a type, None where it is everybody in the project."""
    rows = entry.model._default_manager.all()
    is_plain = type(rows).visible_to is RecordQuerySet.visible_to
    return None if entry.visible is None and is_plain else entry.visible_to


def search(*, text: str, by: User, record_type: str = "", after: str = "") -> Found:
    """Return what `by` may see that holds all words of `text`.

    Without `record_type` the newest few of every type, else a page of that type, beginning after
    the public id `after`. Where nothing holds the words as typed, words of alphabetic scripts
    that differ by a typing error are found.
    """
    words = words_of(text[:LONGEST])
    found = Found([], words)
    wanted = [kind for kind in kinds() if record_type in ("", kind.record_type)]
    if found.is_too_short or not wanted:
        return found
    size = PAGE if record_type else FEW
    entries = _visible_entries(by)
    rows = _rows(wanted, _holding(entries, words), by, size=size, after=after)
    if rows or not any(is_alphabetic(word) for word in words):
        return Found(_groups(wanted, rows, words, size=size, alike=False), words)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [str(LIKENESS)]
        )
    rows = _rows(wanted, _like(entries, words), by, size=size, after=after)
    return Found(_groups(wanted, rows, words, size=size, alike=True), words, is_alike=bool(rows))


def _visible_entries(user: User) -> models.QuerySet[SearchEntry]:
    """Return the entries of the projects that `user` may see."""
    projects = Project.objects.visible_to(user)
    if user.sees_all_projects:
        return SearchEntry.objects.exclude(
            project__in=Project.objects.filter(is_training=True).exclude(pk__in=projects)
        )
    # Asked once and not in each part of the union.
    return SearchEntry.objects.filter(project__in=list(projects.values_list("pk", flat=True)))


def _holding(
    entries: models.QuerySet[SearchEntry], words: list[str]
) -> models.QuerySet[SearchEntry]:
    """Keep entries with all words: the index finds their bigrams, then the text is read."""
    entries = entries.filter(bigrams__contains=bigrams_of(words))
    for word in words:
        if len(word) != SHORTEST:
            entries = entries.filter(folded__contains=word)
    return entries


def _like(entries: models.QuerySet[SearchEntry], words: list[str]) -> models.QuerySet[SearchEntry]:
    """Keep entries with words like the alphabetic ones, and the others as typed."""
    for word in words:
        if is_alphabetic(word):
            entries = entries.filter(letters__trigram_word_similar=word)
        else:
            entries = entries.filter(folded__contains=word)
    return entries


def _rows(
    wanted: list[Kind],
    entries: models.QuerySet[SearchEntry],
    user: User,
    *,
    size: int,
    after: str,
) -> list[dict[str, Any]]:
    """Return the newest entries of each type in one question, one more than shown."""
    start = _identity(after)
    parts = []
    for kind in wanted:
        part = entries.filter(record_type=kind.record_type)
        if kind.visible is not None:
            # The rule of the record's own pages, whatever it is.
            rows = kind.visible(user).filter(public_id=models.OuterRef("public_id"))
            part = part.filter(models.Exists(rows))
        if start is not None:
            part = part.filter(public_id__lt=start)
        part = part.order_by("-public_id").values(
            "record_type",
            "public_id",
            "title",
            "day",
            "number",
            "text",
            "project__name",
            "project__public_id",
            "project__is_training",
        )
        parts.append(part[: size + 1])
    return list(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _groups(
    wanted: list[Kind], rows: list[dict[str, Any]], words: list[str], *, size: int, alike: bool
) -> list[Group]:
    groups = []
    for kind in wanted:
        own = [row for row in rows if row["record_type"] == kind.record_type]
        if own:
            hits = [_hit(kind, row, words, alike=alike) for row in own[:size]]
            next_key = str(own[size - 1]["public_id"]) if len(own) > size else ""
            groups.append(Group(kind, hits, next_key))
    return groups


def _hit(kind: Kind, row: dict[str, Any], words: list[str], *, alike: bool) -> Hit:
    text = excerpt(row["text"], words, alike=alike)
    return Hit(
        title=marked(row["title"], words, alike=alike),
        url=kind.url(row),
        day=row["day"],
        number=row["number"],
        text=marked(text, words, alike=alike),
        project="" if kind.record_type == "project" else row["project__name"] or "",
        is_training=bool(row["project__is_training"]),
    )


# -- Saved filters ------------------------------------------------------------------------------


#: The list of projects: a register without a register of each project.
PROJECTS = "project-list"


@dataclass(frozen=True)
class Register:
    """A register whose filter can be kept: its address' name, and its heading."""

    page: str
    label: Any
    filters: type[Any]


def registers() -> dict[str, Register]:
    """Return the registers by the names of their addresses."""
    found = [Register(PROJECTS, gettext_lazy("Projects"), ProjectFilter)]
    found += [
        Register(f"{entry.name}-list", entry.label_plural, entry.filter_class) for entry in types()
    ]
    return {register.page: register for register in found}


def filters_of(*, user: User, page: str, project: Project | None = None) -> list[SavedFilter]:
    """Return the saved filters that `user` finds above a register, by name."""
    rows = SavedFilter.objects.usable_by(user).filter(page=page, project=project)
    return _with_addresses(rows.select_related("owner", "project"))


def my_filters(user: User) -> list[SavedFilter]:
    """Return the filters that `user` kept, for "My day"."""
    rows = SavedFilter.objects.filter(owner=user).select_related("project")
    return _with_addresses(rows.order_by("page", "name")[:MOST_SAVED])


def _with_addresses(rows: models.QuerySet[SavedFilter]) -> list[SavedFilter]:
    found = []
    known = registers()
    for row in rows:
        if row.page not in known:
            continue  # a register that this version does not have any more
        row.register = known[row.page].label
        row.url = address_of(row.page, row.project, row.query)
        found.append(row)
    return found


def address_of(page: str, project: Project | None, query: str) -> str:
    """Return the address of a register under a filter."""
    if project is not None:
        name = page.removesuffix("-list") + "-of-project"
        path = reverse(f"pmis:{name}", args=[project.public_id])
    else:
        path = reverse(f"pmis:{page}")
    return f"{path}?{query}" if query else path


def save_filter(
    *,
    page: str,
    query: str,
    name: str,
    by: User,
    project: Project | None = None,
    is_shared: bool = False,
) -> SavedFilter:
    """Keep the filter of a register under a name; the name's old filter is replaced.

    Of `query` only the fields of the register's own filter are kept.

    Raises ValidationError for an unknown register, no name, an empty filter or too many.
    """
    register = registers().get(page)
    if register is None or (project is not None and page == PROJECTS):
        raise ValidationError(_("There is no such register."))
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Give the filter a name.")})
    kept = _kept(register, QueryDict(query))
    if not kept:
        raise ValidationError(_("Set a filter first, then keep it."))
    own = SavedFilter.objects.filter(owner=by, page=page, project=project)
    row = own.filter(name=name).first() or SavedFilter(
        owner=by, page=page, project=project, name=name
    )
    if row.pk is None and own.count() >= MOST_SAVED:
        sentence = _("You keep %(count)s filters here; delete one.")
        raise ValidationError(sentence % {"count": MOST_SAVED})
    row.query = kept
    row.is_shared = is_shared and project is not None
    row.full_clean(validate_constraints=False)
    row.save()
    return row


def delete_filter(*, saved: SavedFilter, by: User) -> None:
    """Delete a saved filter; only who kept it may. Raises PermissionDenied."""
    if saved.owner_id != by.pk:
        raise PermissionDenied(_("Only who kept this filter deletes it."))
    saved.delete()


def register_filters(
    user: User, page: str, query: QueryDict, project: Project | None = None
) -> dict[str, Any]:
    """Return what a register's page shows of saved filters: those kept, and the present one."""
    register = registers().get(page)
    return {
        "saved_filters": filters_of(user=user, page=page, project=project),
        "filter_query": _kept(register, query) if register else "",
        "register_page": page,
    }


def _kept(register: Register, query: QueryDict) -> str:
    """Return the fields of a register's own filter, and nothing else of an address."""
    names = register.filters.base_filters
    kept = QueryDict(mutable=True)
    for name in names:
        values = [value for value in query.getlist(name) if value][:20]
        if values:
            kept.setlist(name, values)
    return kept.urlencode()
