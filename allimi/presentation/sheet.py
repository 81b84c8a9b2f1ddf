"""The page of any record type, drawn from its declaration: no published record is without one.

Each item of the catalogue becomes an entry, in catalogue order: its values, or that nothing was
entered, or that it is withheld and why.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.catalogue import CATALOGUE, Disclosure, Item, RecordType
from allimi.presentation.labels import column_label
from allimi.presentation.photos import file_url
from allimi.presentation.reading import Items, Named, names_of
from allimi.presentation.vocabulary import ground_label, kind_label, role_label
from ccs.lib import formats
from ccs.models import Area
from ccs.templatetags.formats import day, day_text, moment

#: Columns whose number is a percentage.
RATES = frozenset(
    {"planned_rate", "actual_rate", "share", "award_ratio", "ratio_to_prime", "weight"}
    | {"joint_venture_share"}
)
#: Columns that say what another column of the item already says, or that nobody can read.
NOT_SHOWN = frozenset({"geometry", "currency", "thumbnail_sha256", "width", "height"})
#: Columns that hold the code of a record type or of a role, without being a list of choices.
KIND_COLUMNS = frozenset({"record_type"})
ROLE_COLUMNS = frozenset({"drafter_role", "unreviewed_by", "role"})


@dataclass(frozen=True)
class Value:
    """One value of an entry. `text` is shown; `url` makes it a link, `image` a picture."""

    text: str | SafeString
    label: str = ""
    url: str = ""
    image: str = ""
    language: str = ""


@dataclass(frozen=True)
class Table:
    """Lines below the record. `name` tells it from the other tables of the page."""

    name: str
    headings: list[str]
    rows: list[list[Value]]


@dataclass
class Entry:
    """An item of the catalogue on the page of a record."""

    label: str
    values: list[Value] = field(default_factory=list)
    #: One for each kind of lines that the item names.
    tables: list[Table] = field(default_factory=list)
    withheld: str = ""
    note: str = ""


@dataclass(frozen=True)
class _Reading:
    """What is needed to turn raw values into words."""

    items: Items
    names: dict[str, Named]
    areas: dict[str, Area]
    text_language: str

    @property
    def currency(self) -> str:
        return self.items.get("currency") or ""


def entries_of(kind: str, items: Items, currency: str, text_language: str) -> list[Entry]:
    """Return every item of a record's declaration with what the published text holds of it."""
    record_type = CATALOGUE[kind]
    reading = _Reading(
        items={**items, "currency": items.get("currency") or currency},
        names=names_of(_references(record_type, items)),
        areas=_areas(record_type, items),
        text_language=text_language,
    )
    narrowed = {line["item"]: line for line in items.get("narrowed") or []}
    return [_entry(record_type, item, reading, narrowed) for item in record_type.items]


def _entry(
    record_type: RecordType, item: Item, reading: _Reading, narrowed: dict[str, Any]
) -> Entry:
    entry = Entry(label=str(item.label))
    if item.code in narrowed:
        line = narrowed[item.code]
        entry.withheld = _("withheld: %(ground)s, until %(until)s") % {
            "ground": ground_label(line["ground"]),
            "until": day_text(line["until"]),
        }
        return entry
    if item.disclosure is Disclosure.WITHHELD:
        entry.withheld = _("withheld: %(ground)s") % {"ground": ground_label(str(item.ground))}
        return entry
    if item.disclosure is Disclosure.LATER and not _has_opened(item, reading):
        entry.withheld = _("withheld: %(ground)s, until %(until)s") % {
            "ground": ground_label(str(item.ground)),
            "until": item.how,
        }
        return entry
    if item.disclosure is Disclosure.MASKED:
        entry.note = _("reduced: %(how)s") % {"how": item.how}
        entry.values = _computed(item, reading)
        entry.tables = _computed_tables(record_type, item, reading)
        return entry
    own = [column for column in item.columns if "." not in column]
    entry.values = list(_own_values(record_type, item, own, reading))
    entry.values += _computed(item, reading)
    for relation in dict.fromkeys(filter(None, map(_relation, item.columns))):
        table, note = _table(record_type, item, relation, reading, narrowed)
        entry.tables += [table] if table else []
        entry.note = entry.note or note
    if not item.columns and not item.computed:
        entry.note = _("worked out from the other items, on the page of the project")
    return entry


def _has_opened(item: Item, reading: _Reading) -> bool:
    """Whether an item that is withheld for a time stands in the text: empty is open, null is not.

    An item that has nothing yet, such as no lines, has nothing to withhold either.
    """
    raws = []
    for column in item.columns:
        relation, _dot, name = column.rpartition(".")
        lines = reading.items.get(relation) or [] if relation else [reading.items]
        raws += [line.get(_key(name)) for line in lines]
    return not raws or any(raw is not None for raw in raws)


def _own_values(
    record_type: RecordType, item: Item, columns: list[str], reading: _Reading
) -> Iterable[Value]:
    fields = [
        (found, reading.items.get(_key(column)))
        for column in columns
        if (found := _field(record_type.model, column)) and column not in NOT_SHOWN
    ]
    present = [(found, raw) for found, raw in fields if raw not in (None, "")]
    for found, raw in present:
        label = column_label(found) if len(fields) > 1 else ""
        yield _value(found, raw, reading, label)
    for found, raw in fields:
        if raw is None and _is_free_text(found):
            yield Value(_("held: it may contain personal data"), column_label(found))


def _value(found: models.Field, raw: Any, reading: _Reading, label: str = "") -> Value:
    language = get_language() or "en"
    name = found.name
    if found.choices:
        return Value(str(dict(found.flatchoices).get(raw, raw)), label)
    if name == "record_public_id":
        return _document(str(raw), reading, label)
    if name in KIND_COLUMNS:
        return Value(kind_label(str(raw)), label)
    if name in ROLE_COLUMNS:
        return Value(role_label(str(raw)), label)
    if name.endswith("_sha256"):
        return Value(_("open the picture"), label, url=file_url(raw), image=file_url(raw))
    if isinstance(found, models.ForeignKey):
        return _reference(found, str(raw), reading, label)
    if isinstance(raw, bool):
        return Value(_("yes") if raw else _("no"), label)
    if isinstance(found, models.DateTimeField):
        return Value(moment(raw), label)
    if isinstance(found, models.DateField):
        return Value(day(raw), label)
    if isinstance(found, models.BigIntegerField) and name.endswith("amount"):
        return Value(formats.format_amount(int(raw), reading.currency or "KRW", language), label)
    if isinstance(found, models.DecimalField | models.IntegerField | models.FloatField):
        return Value(_number(name, raw, language), label)
    if isinstance(raw, list):
        return Value(", ".join(role_label(str(part)) for part in raw), label)
    if isinstance(found, models.URLField):
        return Value(str(raw), label, url=str(raw))
    return Value(str(raw), label, language=reading.text_language)


def _number(name: str, raw: Any, language: str) -> str:
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        return str(raw)
    if name == "year":
        return str(raw)
    if name in RATES:
        return formats.format_rate(value, language)
    return formats.format_number(value, language)


def _reference(found: models.ForeignKey, raw: str, reading: _Reading, label: str) -> Value:
    if found.related_model is Area:
        area = reading.areas.get(raw)
        return Value(area.name if area else raw, label)
    named = reading.names.get(raw)
    if named is None:
        # A record that is not public (any more) is named by nothing but that it exists.
        is_code = found.related_model._meta.label == "pmis.WorkItem"
        return Value(raw if is_code else _("a record that is not public"), label)
    return Value(named.label or kind_label(named.kind), label, named.url, language=named.language)


def _document(raw: str, reading: _Reading, label: str) -> Value:
    named = reading.names.get(raw)
    if named is None:
        return Value(_("a record that is not public"), label)
    return Value(named.label or kind_label(named.kind), label, named.url, language=named.language)


def _table(
    record_type: RecordType,
    item: Item,
    relation: str,
    reading: _Reading,
    narrowed: Container[str],
) -> tuple[Table | None, str]:
    """Return the lines of one relation, with the columns of every item that shares it.

    The first such item carries the table; for the others there is a note that says so.
    """
    sharing = [
        other
        for other in record_type.items
        if other.disclosure in (Disclosure.OPEN, Disclosure.LATER)
        and other.code not in narrowed
        and any(_relation(column) == relation for column in other.columns)
    ]
    if sharing[0] is not item:
        return None, _("in the table of “%(item)s”") % {"item": sharing[0].label}
    model = record_type.lines_of(relation).model
    columns = [column for other in sharing for column in other.columns]
    fields = [
        found
        for column in columns
        if _relation(column) == relation and (found := _field(model, column.partition(".")[2]))
    ]
    rows = [
        [_cell(found, line.get(_key(found.column)), reading) for found in fields]
        for line in reading.items.get(relation) or []
    ]
    rows = [row for row in rows if any(cell.text for cell in row)]
    if not rows:
        return None, ""
    name = f"{item.label}: {model._meta.verbose_name_plural}"
    return Table(name, [column_label(found) for found in fields], rows), ""


def _relation(column: str) -> str:
    return column.partition(".")[0] if "." in column else ""


def _cell(found: models.Field, raw: Any, reading: _Reading) -> Value:
    return Value("") if raw in (None, "") else _value(found, raw, reading)


def _computed(item: Item, reading: _Reading) -> list[Value]:
    words = {
        "inside": _("the site lies in these areas"),
        "outside": _("the site lies outside these areas"),
        "not_checked": _("not checked: an area or the site has no outline"),
    }
    values = []
    for key in item.computed:
        raw = reading.items.get(key)
        if raw in (None, "") or isinstance(raw, list):
            continue
        values.append(Value(words.get(raw, raw)))
    return values


def _computed_tables(record_type: RecordType, item: Item, reading: _Reading) -> list[Table]:
    """Return the totals by section of work that stand for masked lines."""
    lines = next(
        (found for key in item.computed if isinstance(found := reading.items.get(key), list)), []
    )
    if not lines:
        return []
    relation = next(filter(None, map(_relation, item.columns)))
    model = record_type.lines_of(relation).model
    fields = [found for key in lines[0] if (found := _field(model, key))]
    rows = [[_cell(found, line.get(found.column), reading) for found in fields] for line in lines]
    return [Table(str(item.label), [column_label(found) for found in fields], rows)]


def _references(record_type: RecordType, items: Items) -> Iterable[str | None]:
    """Yield every identity that the text names, from the record and from its lines."""
    for _item, column in record_type.item_columns():
        relation, _dot, name = column.rpartition(".")
        model = record_type.lines_of(relation).model if relation else record_type.model
        found = _field(model, name)
        if not isinstance(found, models.ForeignKey) and name != "record_public_id":
            continue
        if relation:
            for line in items.get(relation) or []:
                yield line.get(_key(name))
        else:
            yield items.get(_key(name))


def _areas(record_type: RecordType, items: Items) -> dict[str, Area]:
    codes = {line["area"] for line in items.get("areas") or [] if line.get("area")}
    if record_type.kind != "project" or not codes:
        return {}
    found = Area.objects.filter(code__in=codes).defer("polygon", "map_path")
    return {area.code: area for area in found}


def _field(model: type[models.Model], column: str) -> models.Field | None:
    return next((found for found in model._meta.concrete_fields if found.column == column), None)


def _key(column: str) -> str:
    return column.removesuffix("_id") if column != "record_public_id" else column


def _is_free_text(found: models.Field) -> bool:
    return isinstance(found, models.CharField | models.TextField) and not (
        found.choices or found.null
    )
