"""Functions and triggers that the database itself keeps: screen, history, locks.

They are made anew after every migration, so that a new table or column is covered at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import models
from django.db.backends.utils import CursorWrapper

#: Cheap question asked first: an at-sign, or nine digits with at most one separator between two.
MAY_HOLD_PERSONAL_DATA = r"@|\d([ .-]?\d){8}"

#: Patterns of personal data in free text. Office numbers (02-…, 031-…, 1588-…) pass: officers on
#: duty are public (domain B.3, rule 7).
PERSONAL_DATA_FUNCTION = r"""
CREATE OR REPLACE FUNCTION ccs_card_number_is_valid(digits text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$
    -- Luhn (ISO/IEC 7812-1, annex B)
    SELECT sum(CASE WHEN (length(digits) - i) % 2 = 0 THEN d
                    WHEN d * 2 > 9 THEN d * 2 - 9 ELSE d * 2 END) % 10 = 0
    FROM generate_series(1, length(digits)) i, LATERAL (SELECT substr(digits, i, 1)::int AS d) x
$$;
CREATE OR REPLACE FUNCTION ccs_resident_number_is_valid(digits text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$
    -- A date of birth and a century digit; numbers given since October 2020 carry no checksum.
    SELECT substr(digits, 3, 2) BETWEEN '01' AND '12'
       AND substr(digits, 5, 2) BETWEEN '01' AND '31'
       AND substr(digits, 7, 1) BETWEEN '1' AND '8'
$$;
CREATE OR REPLACE FUNCTION ccs_personal_data(content text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    found text[] := '{}';
    hit text[];
BEGIN
    IF content ~ '[[:alnum:]._%+-]+@[[:alnum:]-]+\.[[:alpha:]]{2,}' THEN
        found := found || 'email'::text;
    END IF;
    IF content ~ '(^|\D)(\+?82[ .-]?0?|0)1[016789][ .-]?\d{3,4}[ .-]?\d{4}(\D|$)'
       OR content ~ '(^|\D)(\+?63[ .-]?|0)9\d{2}[ .-]?\d{3}[ .-]?\d{4}(\D|$)' THEN
        found := found || 'mobile'::text;
    END IF;
    FOR hit IN SELECT regexp_matches(content, '(?:^|\D)(\d{6})[ -]?(\d{7})(?=\D|$)', 'g') LOOP
        IF ccs_resident_number_is_valid(hit[1] || hit[2]) THEN
            found := found || 'resident_number'::text;
        END IF;
    END LOOP;
    FOR hit IN SELECT regexp_matches(
        content, '(?:^|\D)(\d{4})[ -]?(\d{4})[ -]?(\d{4})[ -]?(\d{4})(?=\D|$)', 'g') LOOP
        IF ccs_card_number_is_valid(hit[1] || hit[2] || hit[3] || hit[4]) THEN
            found := found || 'card_number'::text;
        END IF;
    END LOOP;
    -- No bank numbers its accounts with fewer than nine digits: the cheap question asks for nine.
    IF content ~ '(은행|계좌|예금|bank|account)\D{0,20}\d([ -]?\d){8}'
       OR content ~ '(^|\D)\d{3,6}-\d{2,6}-\d{5,8}(-\d{1,3})?(\D|$)' THEN
        found := found || 'account'::text;
    END IF;
    RETURN ARRAY(SELECT DISTINCT unnest(found) ORDER BY 1);
END $$;
"""

#: Statement-level, so that a bulk load pays once per statement and not once per row.
HISTORY_FUNCTION = """
CREATE OR REPLACE FUNCTION ccs_record_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- A table may have a column called origin.
#variable_conflict use_variable
DECLARE
    actor bigint := nullif(current_setting('ccs.actor', true), '')::bigint;
    origin text := coalesce(current_setting('ccs.origin', true), '');
    hidden text[] := TG_ARGV[0]::text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ccs_history ("table", row_id, operation, old, new, at, transaction,
                                 actor_id, origin, database_user)
        SELECT TG_TABLE_NAME, (row_to_json(n)->>'id')::bigint, 'insert', NULL,
               to_jsonb(n) - hidden, clock_timestamp(), txid_current(), actor, origin, session_user
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO ccs_history ("table", row_id, operation, old, new, at, transaction,
                                 actor_id, origin, database_user)
        SELECT TG_TABLE_NAME, n.id, 'update', to_jsonb(o) - hidden, to_jsonb(n) - hidden,
               clock_timestamp(), txid_current(), actor, origin, session_user
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE to_jsonb(o) IS DISTINCT FROM to_jsonb(n);
    ELSE
        INSERT INTO ccs_history ("table", row_id, operation, old, new, at, transaction,
                                 actor_id, origin, database_user)
        SELECT TG_TABLE_NAME, o.id, 'delete', to_jsonb(o) - hidden, NULL,
               clock_timestamp(), txid_current(), actor, origin, session_user
        FROM old_rows o;
    END IF;
    RETURN NULL;
END $$;
"""

#: The one narrow way past locks and logs (docs/adr/0006): inside a function of the tables' owner
#: that says what it erases. SECURITY: the setting alone opens nothing, as everybody can set it;
#: the trigger must run with the owner's rights, which no role of the application holds.
ERASING_FUNCTION = """
CREATE OR REPLACE FUNCTION ccs_is_erasing(relation oid, permitted text, operation text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(permitted, '') = operation
       AND coalesce(current_setting('ccs.erasing', true), '') <> ''
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = relation), 'MEMBER')
$$;
"""

#: What may be erased from logs, and how: earlier values of erased columns, expired access logs.
ERASABLE = {"ccs_history": "UPDATE", "pmis_personaldataaccess": "DELETE"}

#: A log can be read and added to. TRUNCATE is denied by grant, as a trigger would break the
#: flush of transactional tests.
APPEND_ONLY_FUNCTION = """
CREATE OR REPLACE FUNCTION ccs_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ccs_is_erasing(TG_RELID, TG_ARGV[0], TG_OP) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% is append-only: % is not possible', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

APPEND_ONLY = (
    "ccs_history",
    "pmis_approvalevent",
    "pmis_issueddocument",
    "pmis_issuedcopy",
    "pmis_letterreceipt",
    "pmis_personaldataaccess",
    "pmis_disposalentry",
)

#: The identity of a record is what the public links to.
PUBLIC_ID_FUNCTION = """
CREATE OR REPLACE FUNCTION ccs_refuse_new_public_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: the public id of a record never changes', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

#: Tables of the working side whose rows are no records of anybody's work.
WITHOUT_HISTORY = frozenset(
    {
        "ccs_history",
        "ccs_heartbeat",
        "ccs_signinattempt",
        "pmis_draft",
        "pmis_idempotencykey",
        "pmis_searchentry",
        "pmis_personaldataaccess",
        "pmis_receiveddraft",
        "pmis_receivedphoto",
    }
)
#: Columns that no log may hold.
HIDDEN_FROM_HISTORY = {"ccs_user": ["password"], "pmis_storedfile": ["text"]}
#: Apps whose tables have a history.
APPS_WITH_HISTORY = ("ccs", "pmis", "payments")


def tables_with_history() -> list[str]:
    """Return the tables whose every change is recorded."""
    tables = [
        model._meta.db_table
        for label in APPS_WITH_HISTORY
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if not model._meta.abstract
    ]
    return sorted({*tables, "allimi_narrowing"} - WITHOUT_HISTORY)


def statement_triggers(name: str, table: str, call: str) -> str:
    """Return SQL for three AFTER statement triggers with transition tables calling `call`.

    PostgreSQL allows one event each where transition tables are named.
    """
    statements = []
    for event, tables in (
        ("insert", "NEW TABLE AS new_rows"),
        ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ("delete", "OLD TABLE AS old_rows"),
    ):
        statements.append(
            f'CREATE OR REPLACE TRIGGER {name}_{event} AFTER {event.upper()} ON "{table}" '
            f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {call};"
        )
    return "\n".join(statements)


def history_triggers() -> str:
    """Return the SQL of the history triggers of all tables that have a history."""
    statements = []
    for table in tables_with_history():
        hidden = ",".join(HIDDEN_FROM_HISTORY.get(table, []))
        statements.append(
            statement_triggers("ccs_history", table, f"ccs_record_history('{{{hidden}}}')")
        )
    return "\n".join(statements)


def append_only(tables: Iterable[str]) -> str:
    """Return SQL that refuses UPDATE and DELETE on `tables`."""
    return "\n".join(
        f'CREATE OR REPLACE TRIGGER ccs_append_only BEFORE UPDATE OR DELETE ON "{table}" '
        f"FOR EACH ROW EXECUTE FUNCTION ccs_refuse_change('{ERASABLE.get(table, '')}');"
        for table in tables
    )


def fixed_public_ids(all_models: Iterable[type[models.Model]]) -> str:
    """Return SQL that refuses a new public id on the tables of `all_models` that have one."""
    return "\n".join(
        f'CREATE OR REPLACE TRIGGER ccs_public_id_fixed BEFORE UPDATE ON "{model._meta.db_table}" '
        "FOR EACH ROW WHEN (OLD.public_id IS DISTINCT FROM NEW.public_id) "
        "EXECUTE FUNCTION ccs_refuse_new_public_id();"
        for model in all_models
        if any(field.name == "public_id" for field in model._meta.fields)
    )


def install(cursor: CursorWrapper) -> None:
    """Make functions and triggers of the working side; safe to run again."""
    cursor.execute(PERSONAL_DATA_FUNCTION)
    cursor.execute(HISTORY_FUNCTION + ERASING_FUNCTION + APPEND_ONLY_FUNCTION + PUBLIC_ID_FUNCTION)
    cursor.execute(history_triggers())
    cursor.execute(append_only(APPEND_ONLY))
    working = [
        model for label in ("ccs", "pmis") for model in apps.get_app_config(label).get_models()
    ]
    cursor.execute(fixed_public_ids(working))
