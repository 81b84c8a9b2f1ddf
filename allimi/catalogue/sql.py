"""Turn the catalogue into source views and triggers.

A source view holds what may be published of one record type, and nothing else: the publisher
reads only these. The triggers put the key of every changed record in the disclosure queue, in the
transaction of the change, whoever makes it.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator

from django.db import models
from django.db.backends.utils import CursorWrapper

from allimi.catalogue import CATALOGUE
from allimi.catalogue.declarations import Disclosure, Item, Lines, RecordType, Trigger
from allimi.catalogue.documents import DOCUMENT_TRIGGER, DOCUMENT_VIEW
from allimi.catalogue.functions import (
    AREA_COUNT_FUNCTION,
    FUNCTIONS,
    NARROWING_VIEW,
    VERSION_FUNCTION,
    WITHDRAWAL_VIEW,
)
from ccs.database import MAY_HOLD_PERSONAL_DATA, statement_triggers

#: Columns of the listing, with the type each must have in the view.
LISTING = {
    "title": "text",
    "title_en": "text",
    "status": "text",
    "work_type": "text",
    "ordering_body": "uuid",
    "firms": "uuid[]",
    "amount": "bigint",
    "currency": "text",
    "sort_date": "date",
    "start_date": "date",
    "end_date": "date",
    "longitude": "float8",
    "latitude": "float8",
    "search": "text",
}
#: Listing columns that repeat an item: closed together with it.
LISTING_DEFAULTS = {"text": "''", "uuid[]": "'{}'::uuid[]"}
#: What a foreign key becomes in the published text.
REFERENCES = {"ccs.Area": "code", "pmis.WorkItem": "code", "pmis.DocumentClass": "name"}
#: `MAY_HOLD_PERSONAL_DATA` asks for an at-sign or so many digits.
SHORTEST_PERSONAL_NUMBER = 9
#: Columns that no declaration needs to mention.
ALWAYS_TECHNICAL = {"id": "internal key, never outside", "public_id": "identity, in every text"}


def key_of(column: str) -> str:
    """Return the key of a column in the published text: a reference loses its `_id`."""
    return column.removesuffix("_id") if column != "record_public_id" else column


def field_of(model: type[models.Model], column: str) -> models.Field:
    """Return the field stored in `column`; raise `LookupError` if the model has none."""
    for field in model._meta.concrete_fields:
        if field.column == column:
            return field
    raise LookupError(f"{model.__name__} has no column {column}")


def value_sql(field: models.Field, *, alias: str, item: Item) -> str:
    """Return the SQL of a column's value in the canonical text.

    Only integers, strings, booleans, null, lists and objects appear: decimals and dates become
    strings of a fixed form, and text that looks like personal data becomes null.
    """
    column = f'{alias}."{field.column}"'
    match field:
        case models.ForeignKey():
            target = field.related_model
            key = REFERENCES.get(target._meta.label, "public_id")
            found = f'SELECT r."{key}"::text FROM "{target._meta.db_table}" r WHERE r.id = {column}'
            # An empty reference asks for nothing: small tables are read whole for each question.
            return (
                f"CASE WHEN {column} IS NOT NULL THEN ({found}) END" if field.null else f"({found})"
            )
        case models.DateTimeField():
            return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        case models.DateField():
            return f"to_char({column}, 'YYYY-MM-DD')"
        case models.TimeField():
            return f"to_char({column}, 'HH24:MI')"
        case models.DecimalField() | models.UUIDField():
            return f"{column}::text"
        case models.FloatField():
            return f"round({column}::numeric, 6)::text"
        case models.JSONField():
            return f"{column}::text"
        case models.CharField() | models.TextField() if not field.choices:
            return screened(column, item=item)
        case _:
            return column


def screened(column: str, *, item: Item) -> str:
    """Return SQL that gives the text, or null where the screen holds it.

    Most texts are too short for nine digits (bytes are counted, as that costs nothing) and hold
    no at-sign: the pattern is asked of the others only.
    """
    return (
        f"CASE WHEN octet_length({column}) < {SHORTEST_PERSONAL_NUMBER} "
        f"AND strpos({column}, '@') = 0 OR {column} !~ '{MAY_HOLD_PERSONAL_DATA}' THEN {column} "
        f"WHEN ccs_personal_data({column}) = '{{}}' THEN {column} "
        f"ELSE allimi_screened(t.public_id, '{item.code}', {column}) END"
    )


def _published(record_type: RecordType) -> Iterator[tuple[Item, str]]:
    """Yield the columns whose values appear in the text (open, or later and then open)."""
    for item, column in record_type.item_columns():
        if item.disclosure in (Disclosure.OPEN, Disclosure.LATER):
            yield item, column


def _guarded(expression: str, item: Item, *, narrowed: bool) -> str:
    """Close a value where its item is narrowed, or later and not open yet."""
    conditions = []
    if narrowed:
        conditions.append(f"'{item.code}' = ANY(n.items)")
    if item.disclosure == Disclosure.LATER:
        conditions.append(f"NOT ({item.opens_when})")
    if not conditions:
        return expression
    return f"CASE WHEN {' OR '.join(conditions)} THEN NULL ELSE {expression} END"


def _pairs(record_type: RecordType, *, narrowed: bool) -> list[str]:
    """Return key and value of the published text, in catalogue order."""
    own: dict[str, str] = {}
    lines: dict[str, list[str]] = defaultdict(list)
    order: list[str] = []
    for item in record_type.items:
        if not item.is_public and item.disclosure != Disclosure.LATER:
            continue
        if item.disclosure != Disclosure.MASKED:
            for column in item.columns:
                relation, _, name = column.rpartition(".")
                if relation:
                    field = field_of(record_type.lines_of(relation).model, name)
                    value = _guarded(
                        value_sql(field, alias="c", item=item), item, narrowed=narrowed
                    )
                    if not lines[relation]:
                        order.append(relation)
                    lines[relation].append(f"'{key_of(name)}', {value}")
                else:
                    field = field_of(record_type.model, name)
                    value = value_sql(field, alias="t", item=item)
                    own[key_of(name)] = _guarded(value, item, narrowed=narrowed)
                    order.append(key_of(name))
        for key, expression in item.computed.items():
            own[key] = _guarded(expression, item, narrowed=narrowed)
            order.append(key)
    pairs = []
    for key in order:
        if key in lines:
            pairs.append(f"'{key}', {_lines_sql(record_type.lines_of(key), lines[key])}")
        else:
            pairs.append(f"'{key}', {own[key]}")
    return pairs


def _lines_sql(lines: Lines, pairs: list[str]) -> str:
    parent = lines.model._meta.get_field(lines.parent).column
    return (
        f"coalesce((SELECT json_agg(json_build_object({', '.join(pairs)}) ORDER BY "
        f'{lines.order_by}) FROM "{lines.model._meta.db_table}" c '
        f"WHERE c.\"{parent}\" = t.id), '[]'::json)"
    )


def _objects(pairs: list[str]) -> str:
    """Return SQL of one JSON object text. A call takes 100 arguments at most, so pieces join."""
    pieces = [
        f"substr(json_build_object({', '.join(pairs[i : i + 45])})::text, 2)"
        for i in range(0, len(pairs), 45)
    ]
    if len(pieces) == 1:
        return f"json_build_object({', '.join(pairs)})::text"
    joined = " || ', ' || ".join(
        f"left({piece}, -1)" if index < len(pieces) - 1 else piece
        for index, piece in enumerate(pieces)
    )
    return f"'{{' || {joined}"


def body_sql(record_type: RecordType) -> str:
    """Return the SQL of the canonical text."""
    head = [f"'kind', '{record_type.kind}'", "'public_id', t.public_id::text"]
    if record_type.project and record_type.kind != "project":
        head.append(
            "'project', (SELECT p.public_id::text FROM pmis_project p "
            f"WHERE p.id = {record_type.project})"
        )
    if record_type.source_version != "0":
        head.append(f"'source_version', {record_type.source_version}")
        head.append(f"'reason', {_screened_reason(record_type)}")
    if record_type.kind == "project":
        head += ["'is_invented', t.is_invented", "'sources', t.sources::json"]
    plain = _objects(head + _pairs(record_type, narrowed=False))
    narrowed = _objects([*head, *_pairs(record_type, narrowed=True), "'narrowed', n.narrowed"])
    return f"CASE WHEN n.items IS NULL THEN {plain} ELSE {narrowed} END"


def listing_sql(record_type: RecordType) -> str:
    """Return the columns of the listing; an absent one is empty of its type."""
    columns = []
    for name, kind in LISTING.items():
        default = LISTING_DEFAULTS.get(kind, f"NULL::{kind}")
        expression = record_type.listing.get(name, default)
        if name in record_type.listing and kind in LISTING_DEFAULTS:
            expression = f"coalesce({expression}, {default})"
        if kind == "text" and expression != default:
            expression = _screened_listing(expression, name)
        if name in record_type.listing:
            expression = _closed_listing(record_type, expression, name, default)
        columns.append(f"({expression})::{kind} AS {name}")
    return ",\n       ".join(columns)


def _screened_listing(expression: str, name: str) -> str:
    """Empty a listing text that looks like personal data."""
    if name in ("title", "title_en", "search"):
        return (
            f"CASE WHEN ({expression}) !~ '{MAY_HOLD_PERSONAL_DATA}' THEN {expression} "
            f"WHEN ccs_personal_data({expression}) = '{{}}' THEN {expression} ELSE '' END"
        )
    return expression


def _closed_listing(record_type: RecordType, expression: str, name: str, default: str) -> str:
    """Close a column of the listing where an item that it repeats is narrowed.

    SECURITY: lists and the API show the listing beside the text, so a figure that left the text
    must leave the listing too. The day that sorts a list cannot be empty: then it is the day on
    which the narrowing began.
    """
    items = sorted(
        {
            item.code
            for item, column in record_type.item_columns()
            if re.search(rf"\bt\.{column}\b", expression)
        }
    )
    if not items:
        return expression
    codes = ", ".join(f"'{code}'" for code in items)
    other = "n.since" if name == "sort_date" else default
    return f"CASE WHEN n.items && ARRAY[{codes}]::text[] THEN {other} ELSE {expression} END"


def _screened_reason(record_type: RecordType) -> str:
    """Return SQL of the public reason of a version, empty where the screen holds it."""
    if record_type.reason == "''":
        return "''"
    held = f"coalesce(allimi_screened(t.public_id, 'reason', {record_type.reason}), '')"
    return (
        f"CASE WHEN {record_type.reason} !~ '{MAY_HOLD_PERSONAL_DATA}' "
        f"THEN {record_type.reason} ELSE {held} END"
    )


def view_sql(record_type: RecordType) -> str:
    """Return the SQL that makes the source view of a record type."""
    project = (
        f"(SELECT p.public_id FROM pmis_project p WHERE p.id = {record_type.project})"
        if record_type.project
        else "NULL::uuid"
    )
    return f"""
CREATE VIEW {record_type.view} AS
SELECT t.public_id,
       {record_type.source_version} AS source_version,
       {project} AS project_public_id,
       ({_screened_reason(record_type)})::text AS reason,
       ({record_type.actor_role})::text AS actor_role,
       n.items IS NOT NULL AS is_narrowed,
       {listing_sql(record_type)},
       {body_sql(record_type)} AS body
FROM "{record_type.table}" t
LEFT JOIN LATERAL (
    SELECT array_agg(x.item::text ORDER BY x.item) AS items, min(x.starts_at)::date AS since,
           json_agg(json_build_object('item', x.item, 'ground', x.ground, 'until',
               to_char(x.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
               ORDER BY x.item, x.id) AS narrowed,
           bool_or(x.item = '') AS whole
    FROM allimi_narrowing x
    WHERE x.record_type = '{record_type.kind}'
      AND (x.public_id = t.public_id OR x.public_id IS NULL)
      AND x.starts_at <= now() AND x.ends_at > now() AND x.ended_at IS NULL
) n ON TRUE
WHERE ({record_type.condition}){no_practice(record_type)}
  AND n.whole IS NOT TRUE
  AND NOT EXISTS (SELECT 1 FROM pmis_withdrawal w WHERE w.record_type = '{record_type.kind}'
                  AND w.record_public_id = t.public_id AND w.lifted_at IS NULL);
"""


def no_practice(record_type: RecordType) -> str:
    """Return the condition that keeps practice projects and all below them inside.

    SECURITY: written once for every record type, whatever its own condition says. Whether a
    project is practice is fixed when it is made, so no trigger has to watch it.
    """
    if not record_type.project:
        return ""
    return (
        "\n  AND NOT EXISTS (SELECT 1 FROM pmis_project practice"
        f" WHERE practice.id = {record_type.project} AND practice.is_training)"
    )


def _own_triggers(record_type: RecordType) -> Iterator[Trigger]:
    """Yield the record's own table, its lines, and what the declaration adds."""
    yield Trigger(record_type.table, "SELECT c.public_id FROM {changed} c")
    for lines in record_type.lines:
        parent = lines.model._meta.get_field(lines.parent).column
        yield Trigger(
            lines.model._meta.db_table,
            f'SELECT p.public_id FROM {{changed}} c JOIN "{record_type.table}" p '
            f'ON p.id = c."{parent}"',
        )
    yield from record_type.triggers


def _by_table() -> dict[str, list[tuple[str, Trigger]]]:
    tables: dict[str, list[tuple[str, Trigger]]] = defaultdict(list)
    for record_type in CATALOGUE.values():
        for trigger in _own_triggers(record_type):
            tables[trigger.table].append((record_type.kind, trigger))
    return tables


def _queue_statement(kind: str, trigger: Trigger, event: str) -> str:
    if event == "insert":
        changed = "new_rows"
    elif event == "delete":
        changed = "old_rows"
    elif trigger.columns:
        new = ", ".join(f'n."{column}"' for column in trigger.columns)
        old = ", ".join(f'o."{column}"' for column in trigger.columns)
        pairs = (
            "new_rows n JOIN old_rows o ON o.id = n.id"
            f" WHERE ROW({new}) IS DISTINCT FROM ROW({old})"
        )
        changed = f"(SELECT n.* FROM {pairs} UNION ALL SELECT o.* FROM {pairs})"
    else:
        changed = "(SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows)"
    keys = trigger.keys.format(changed=changed)
    return (
        "INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)\n"
        f"    SELECT DISTINCT '{kind}', k.public_id, clock_timestamp() FROM ({keys}) k;"
    )


def triggers_sql() -> str:
    """Return the SQL of all functions and triggers that fill the disclosure queue."""
    statements = []
    for table, wanted in sorted(_by_table().items()):
        for event in ("insert", "update", "delete"):
            body = "\n    ".join(_queue_statement(kind, trigger, event) for kind, trigger in wanted)
            statements.append(f"""
CREATE OR REPLACE FUNCTION allimi_queue_{table}_{event}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM {"old_rows" if event == "delete" else "new_rows"}) THEN
        RETURN NULL;
    END IF;
    {body}
    PERFORM pg_notify('disclosure', '');
    RETURN NULL;
END $$;""")
            tables = {
                "insert": "NEW TABLE AS new_rows",
                "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
                "delete": "OLD TABLE AS old_rows",
            }[event]
            statements.append(
                f"CREATE OR REPLACE TRIGGER allimi_queue_{event} "
                f'AFTER {event.upper()} ON "{table}" '
                f"REFERENCING {tables} FOR EACH STATEMENT "
                f"EXECUTE FUNCTION allimi_queue_{table}_{event}();"
            )
    for table in ("pmis_withdrawal", "pmis_screenrelease"):
        statements.append(statement_triggers("allimi_queue", table, "allimi_queue_generic()"))
    statements.append(
        statement_triggers("allimi_queue", "allimi_narrowing", "allimi_queue_narrowed()")
    )
    statements.append(
        statement_triggers("allimi_count", "allimi_publishedrecordarea", "allimi_count_areas()")
    )
    return "\n".join(statements)


def drop(cursor: CursorWrapper) -> None:
    """Drop views and triggers, so that a migration may change the columns below them."""
    cursor.execute(
        "SELECT viewname FROM pg_views WHERE schemaname = 'public'"
        " AND viewname LIKE 'allimi_source_%'"
    )
    for (view,) in cursor.fetchall():
        cursor.execute(f'DROP VIEW IF EXISTS "{view}"')
    cursor.execute(
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        " AND (tgname LIKE 'allimi_queue%' OR tgname LIKE 'allimi_count%')"
    )
    for name, table in cursor.fetchall():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")


def install(cursor: CursorWrapper) -> None:
    """Make views and triggers anew, and queue every record of a type whose view changed."""
    drop(cursor)
    cursor.execute(FUNCTIONS + AREA_COUNT_FUNCTION + VERSION_FUNCTION)
    cursor.execute(NARROWING_VIEW)
    cursor.execute(WITHDRAWAL_VIEW)
    cursor.execute(DOCUMENT_VIEW)
    for record_type in CATALOGUE.values():
        definition = view_sql(record_type)
        cursor.execute(definition)
        _queue_if_changed(cursor, record_type, definition)
    cursor.execute(triggers_sql())
    cursor.execute(DOCUMENT_TRIGGER)


def _queue_if_changed(cursor: CursorWrapper, record_type: RecordType, definition: str) -> None:
    digest = hashlib.sha256(definition.encode()).hexdigest()
    cursor.execute(
        "INSERT INTO allimi_sourcedefinition (kind, sha256) VALUES (%s, %s)"
        " ON CONFLICT (kind) DO UPDATE SET sha256 = excluded.sha256"
        " WHERE allimi_sourcedefinition.sha256 <> excluded.sha256 RETURNING kind",
        [record_type.kind, digest],
    )
    if cursor.fetchone():
        cursor.execute(
            "INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)"
            f" SELECT %s, public_id, clock_timestamp() FROM {record_type.view}"
            " UNION SELECT %s, public_id, clock_timestamp() FROM allimi_publishedrecord"
            " WHERE kind = %s",
            [record_type.kind] * 3,
        )
