"""Triggers that keep the words of every record, whoever writes it and however.

Which columns are read follows from the models: texts of the record and of its lines, without
choices and keys, and without what the disclosure catalogue withholds or masks. SECURITY: a hit
shows a piece of the text, so what may not be shown to everybody who sees the record is not here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.backends.utils import CursorWrapper

from ccs.lib.extensions import closed_columns
from ccs.lib.search import LETTERS, MARKS, SEPARATORS
from pmis.models import (
    Contract,
    FileLine,
    Line,
    Participant,
    Photo,
    Project,
    Record,
    Subcontract,
)

#: Columns that name a record, the first that the model has.
TITLES = ("title", "subject", "name", "topic", "item", "caption", "work_scope")
#: Ends of columns that hold keys, hashes and units, not words.
NO_WORDS = (
    "_hash",
    "_key",
    "_sha256",
    "sha256",
    "unit",
    "currency",
    "mode_reason",
    "number_scheme",
)
#: Longer texts are cut: a page of words finds a record.
MOST_LETTERS = 8_000
#: Of records with files, whose own text is read as well.
MOST_LETTERS_OF_FILES = 100_000

#: Words of a text, folded as `ccs/lib/search.py` does; a test compares the two.
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION ccs_fold(content text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT normalize(regexp_replace(replace(normalize(lower(content), NFKD), 'đ', 'd'),
                                    '{MARKS}', '', 'g'), NFKC)
$$;
CREATE OR REPLACE FUNCTION ccs_bigrams(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(word, at, 2)), '{{}}')
    FROM regexp_split_to_table(folded, '{SEPARATORS}') word,
         LATERAL generate_series(1, length(word) - 1) at
$$;
CREATE OR REPLACE FUNCTION ccs_letters(folded text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(DISTINCT word, ' '), '')
    FROM regexp_split_to_table(folded, '{SEPARATORS}') word WHERE word ~ '{LETTERS}'
$$;
"""


@dataclass(frozen=True)
class Searched:
    """What the search reads of one record type."""

    record_type: str
    model: type[models.Model]
    #: SQL (alias `t`).
    project: str
    title: str
    #: Texts: SQL, the lines' as aggregates.
    texts: tuple[str, ...]
    day: str = "NULL::date"
    number: str = "NULL::integer"
    has_versions: bool = False
    #: Further tables: a change of their rows concerns the records that this SQL selects from
    #: `changed_rows c`.
    others: tuple[tuple[str, str], ...] = ()
    letters: int = MOST_LETTERS

    @property
    def table(self) -> str:
        """Name of the record's own table."""
        return self.model._meta.db_table


def searched() -> list[Searched]:
    """Return all that can be found: projects, people with their firms, contracts, records."""
    firm = '(SELECT o.name FROM ccs_organization o WHERE o.id = t."{}")'
    of_firm = (
        "ccs_organization",
        'SELECT p.public_id FROM {} p JOIN changed_rows c ON c.id = p."{}"',
    )
    found = [
        _plain(Project, project="t.id"),
        _plain(
            Participant,
            more=(firm.format("organization_id"),),
            others=((of_firm[0], of_firm[1].format("pmis_participant", "organization_id")),),
        ),
        _plain(
            Contract,
            more=(firm.format("contractor_id"),),
            others=((of_firm[0], of_firm[1].format("pmis_contract", "contractor_id")),),
        ),
        _plain(
            Subcontract,
            project="(SELECT k.project_id FROM pmis_contract k WHERE k.id = t.contract_id)",
            more=(firm.format("subcontractor_id"),),
            others=((of_firm[0], of_firm[1].format("pmis_subcontract", "subcontractor_id")),),
        ),
        _plain(Photo, day="(t.taken_at AT TIME ZONE 'UTC')::date"),
    ]
    taken = {row.record_type for row in found}
    records = [
        model
        for model in apps.get_app_config("pmis").get_models()
        if issubclass(model, Record) and model.record_type not in taken
    ]
    return found + [_record(model) for model in records]


def _plain(
    model: type[models.Model],
    *,
    project: str = "t.project_id",
    more: tuple[str, ...] = (),
    day: str = "NULL::date",
    others: tuple[tuple[str, str], ...] = (),
) -> Searched:
    closed = closed_columns(model.record_type)
    title = _title_of(model, closed)
    texts = tuple(f't."{name}"' for name in _words(model, closed) if name != title)
    shown = f't."{title}"' if title else "''"
    return Searched(
        model.record_type, model, project, shown, (*texts, *more), day=day, others=others
    )


def _record(model: type[Record]) -> Searched:
    closed = closed_columns(model.record_type)
    title = _title_of(model, closed)
    texts = [f't."{name}"' for name in _words(model, closed) if name != title]
    others = []
    letters = MOST_LETTERS
    for child, column in _lines(model):
        if issubclass(child, FileLine):
            letters = MOST_LETTERS_OF_FILES
            text, more = _files(model, child, column)
            texts.append(text)
            others += more
            continue
        names = list(_words(child, closed))
        if not names:
            continue
        table = child._meta.db_table
        joined = ", ".join(f'c."{name}"' for name in names)
        texts.append(
            f"(SELECT string_agg(concat_ws(' ', {joined}), ' ' ORDER BY c.id)"
            f' FROM "{table}" c WHERE c."{column}" = t.id)'
        )
        keys = (
            f'SELECT p.public_id FROM "{model._meta.db_table}" p'
            f' JOIN changed_rows c ON c."{column}" = p.id'
        )
        others.append((table, keys))
    return Searched(
        model.record_type,
        model,
        "t.project_id",
        f't."{title}"' if title else "''",
        tuple(texts),
        day=_day_of(model),
        number="t.number",
        has_versions=True,
        others=tuple(others),
        letters=letters,
    )


def _files(
    model: type[Record], child: type[models.Model], column: str
) -> tuple[str, list[tuple[str, str]]]:
    """Return SQL of names and text of a record's files, and the tables that change them.

    Whoever sees the record may open its files.
    """
    table, parent = child._meta.db_table, model._meta.db_table
    text = (
        "(SELECT string_agg(concat_ws(' ', f.name, f.text), ' ' ORDER BY c.id)"
        f' FROM "{table}" c JOIN pmis_storedfile f ON f.id = c.file_id'
        f' WHERE c."{column}" = t.id)'
    )
    of_line = f'SELECT p.public_id FROM "{parent}" p JOIN changed_rows c ON c."{column}" = p.id'
    of_file = (
        f'SELECT p.public_id FROM "{parent}" p JOIN "{table}" l ON l."{column}" = p.id'
        " JOIN changed_rows c ON c.id = l.file_id"
    )
    return text, [(table, of_line), ("pmis_storedfile", of_file)]


def _lines(model: type[Record]) -> Iterator[tuple[type[models.Model], str]]:
    """Yield the tables of a record's lines with the column that names the record."""
    for relation in model._meta.related_objects:
        child = relation.related_model
        if relation.one_to_many and issubclass(child, Line):
            yield child, relation.field.column


def _words(model: type[models.Model], closed: frozenset[tuple[str, str]]) -> Iterator[str]:
    """Yield the columns of a table that hold words everybody who sees the record may read."""
    table = model._meta.db_table
    for field in model._meta.concrete_fields:
        is_text = isinstance(field, models.CharField | models.TextField)
        is_other = isinstance(field, models.EmailField | models.URLField) or field.choices
        is_key = not field.editable or field.name.endswith(NO_WORDS)
        if is_text and not is_other and not is_key and (table, field.column) not in closed:
            yield field.column


def _title_of(model: type[models.Model], closed: frozenset[tuple[str, str]]) -> str:
    names = set(_words(model, closed))
    return next((name for name in TITLES if name in names), "")


def _day_of(model: type[models.Model]) -> str:
    """Return SQL of the record's day: its first date."""
    for field in model._meta.concrete_fields:
        if type(field) is models.DateField:
            return f't."{field.column}"'
    return "t.submitted_at::date"


def index_function(row: Searched) -> str:
    """Return SQL of the function that writes the entries of some records of one type.

    Entries whose words did not change are left as they are; those of records that are gone go.
    """
    newest = "ORDER BY t.public_id, t.version_no DESC" if row.has_versions else ""
    texts = ", ".join(row.texts) or "''"
    return rf"""
CREATE OR REPLACE FUNCTION pmis_search_{row.record_type}(keys uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    WITH fresh AS MATERIALIZED (
        SELECT DISTINCT ON (t.public_id) t.public_id, {row.project} AS project_id,
               left(coalesce({row.title}, ''), {MOST_LETTERS}) AS title, {row.day} AS day,
               {row.number} AS number,
               left(btrim(regexp_replace(concat_ws(' ', {texts}), '\s+', ' ', 'g')),
                    {row.letters}) AS text
        FROM "{row.table}" t WHERE keys IS NULL OR t.public_id = ANY (keys) {newest}
    ), changed AS MATERIALIZED (
        SELECT f.*, ccs_fold(concat_ws(' ', f.title, f.day::text, f.text)) AS folded
        FROM fresh f LEFT JOIN pmis_searchentry e
             ON e.record_type = '{row.record_type}' AND e.public_id = f.public_id
        WHERE e.id IS NULL OR (e.project_id, e.title, e.day, e.number, e.text)
              IS DISTINCT FROM (f.project_id, f.title, f.day, f.number, f.text)
    )
    INSERT INTO pmis_searchentry AS e (record_type, public_id, project_id, title, day, number,
                                       text, folded, bigrams, letters, updated_at)
    SELECT '{row.record_type}', c.public_id, c.project_id, c.title, c.day, c.number, c.text,
           c.folded, ccs_bigrams(c.folded), ccs_letters(c.folded), statement_timestamp()
    FROM changed c ORDER BY c.public_id
    ON CONFLICT (record_type, public_id) DO UPDATE SET
        project_id = excluded.project_id, title = excluded.title, day = excluded.day,
        number = excluded.number, text = excluded.text, folded = excluded.folded,
        bigrams = excluded.bigrams, letters = excluded.letters, updated_at = excluded.updated_at;
    DELETE FROM pmis_searchentry e
    WHERE e.record_type = '{row.record_type}' AND (keys IS NULL OR e.public_id = ANY (keys))
      AND NOT EXISTS (SELECT 1 FROM "{row.table}" t WHERE t.public_id = e.public_id);
END $$;"""


def _trigger(table: str, event: str, wanted: list[tuple[str, str]]) -> str:
    """Return SQL of one statement trigger; `wanted` holds (record type, SQL of the keys)."""
    rows, tables = {
        "insert": ("new_rows", "NEW TABLE AS new_rows"),
        "update": (
            "(SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows)",
            "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ),
        "delete": ("old_rows", "OLD TABLE AS old_rows"),
    }[event]
    transition = "old_rows" if event == "delete" else "new_rows"
    calls = "\n    ".join(
        f"PERFORM pmis_search_{record_type}(ARRAY(SELECT DISTINCT k.public_id FROM"
        f" ({keys.replace('changed_rows', rows)}) k));"
        for record_type, keys in wanted
    )
    return f"""
CREATE OR REPLACE FUNCTION pmis_search_{table}_{event}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM {transition}) THEN
    {calls}
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER pmis_search_{event} AFTER {event.upper()} ON "{table}"
    REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION pmis_search_{table}_{event}();"""


def triggers(rows: list[Searched]) -> str:
    """Return the SQL of all triggers, one per table and event."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        own = (row.record_type, "SELECT c.public_id FROM changed_rows c")
        tables.setdefault(row.table, []).append(own)
        for table, keys in row.others:
            tables.setdefault(table, []).append((row.record_type, keys))
    return "\n".join(
        _trigger(table, event, wanted)
        for table, wanted in sorted(tables.items())
        for event in ("insert", "update", "delete")
    )


def drop(cursor: CursorWrapper) -> None:
    """Drop the triggers before a migration that may change the columns they read.

    What the migration writes is not seen by them, so every type is read anew afterwards.
    """
    cursor.execute(
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgname LIKE 'pmis\\_search\\_%'"
    )
    for name, table in cursor.fetchall():
        cursor.execute(f"DROP TRIGGER {name} ON {table}")
    cursor.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proname LIKE 'pmis\\_search\\_%' AND obj_description(oid, 'pg_proc') IS NOT NULL"
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"COMMENT ON FUNCTION {function} IS NULL")


def install(cursor: CursorWrapper) -> None:
    """Make functions and triggers, and read anew the types whose definition changed."""
    cursor.execute(FUNCTIONS)
    rows = searched()
    for row in rows:
        definition = index_function(row)
        cursor.execute(definition)
        _read_if_changed(cursor, row, hashlib.sha256((FUNCTIONS + definition).encode()))
    cursor.execute(triggers(rows))


def _read_if_changed(cursor: CursorWrapper, row: Searched, digest: hashlib._Hash) -> None:
    """Write all entries of a type unless they were made by this very definition.

    The digest stands as a comment on the function. Rows whose words did not change are read and
    not written.
    """
    function = f"pmis_search_{row.record_type}(uuid[])"
    cursor.execute("SELECT obj_description(%s::regprocedure, 'pg_proc')", [function])
    if cursor.fetchone()[0] == digest.hexdigest():
        return
    cursor.execute(f"SELECT pmis_search_{row.record_type}(NULL)")
    cursor.execute(f"COMMENT ON FUNCTION {function} IS '{digest.hexdigest()}'")
