"""The database's own functions that erase: the one way past locks and logs (docs/adr/0006).

They run with the rights of the tables' owner and work out for themselves what may go: a caller
names entries of the disposal register, never tables, columns or days.
"""

from __future__ import annotations

from collections import defaultdict

from django.db.backends.utils import CursorWrapper

from ccs.lib.personal_data import PersonalColumn, personal_columns
from pmis.models import Disposal, Record

#: What stands in the history where a value was erased.
ERASED = "(erased)"

_HELPERS = f"""
CREATE OR REPLACE FUNCTION pmis_blanked(content jsonb, erased text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT jsonb_object_agg(key, CASE
        WHEN key = ANY (erased) AND value NOT IN ('""', 'null', '[]', '{{}}')
        THEN '"{ERASED}"'::jsonb ELSE value END)
    FROM jsonb_each(content)
$$;
CREATE OR REPLACE FUNCTION pmis_delete_access_log(most integer, dry_run boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    years integer;
    expired bigint[];
BEGIN
    SELECT value::integer INTO years FROM ccs_rulevalue
     WHERE key = 'access_log_years' AND valid_from <= current_date
     ORDER BY valid_from DESC LIMIT 1;
    -- Without a rule nothing goes, and never before the year that the law demands.
    IF years IS NULL THEN RETURN 0; END IF;
    SELECT array_agg(id) INTO expired FROM (
        SELECT id FROM pmis_personaldataaccess
         WHERE at < now() - make_interval(years => greatest(years, 1)) ORDER BY id LIMIT most) x;
    IF NOT dry_run THEN
        PERFORM set_config('ccs.erasing', 'pmis_delete_access_log', true);
        DELETE FROM pmis_personaldataaccess WHERE id = ANY (expired);
        PERFORM set_config('ccs.erasing', '', true);
    END IF;
    RETURN coalesce(array_length(expired, 1), 0);
END $$;
"""

_ERASE = """
CREATE OR REPLACE FUNCTION pmis_erase(entries bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ids bigint[];
BEGIN
    IF EXISTS (
        SELECT 1 FROM unnest(entries) AS named (id)
          LEFT JOIN pmis_disposalentry e ON e.id = named.id AND e.kind = 'deleted'
         WHERE NOT EXISTS (
            SELECT 1 FROM pmis_disposal d JOIN pmis_disposalitem i ON i.disposal_id = d.id
             WHERE d.id = e.disposal_id AND d.state = 'approved'
               AND i.subject_type = e.subject_type AND i.decision = 'delete'
               AND i.records ? e.record_public_id::text)
    ) THEN
        RAISE EXCEPTION 'only what an approved disposal names is erased'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('ccs.erasing', 'pmis_erase', true);
{blocks}
    PERFORM set_config('ccs.erasing', '', true);
END $$;
"""

_BLOCK = """
    SELECT array_agg(t.id) INTO ids FROM "{table}" t
      JOIN pmis_disposalentry e ON e.record_public_id = t.public_id
     WHERE e.id = ANY (entries) AND e.subject_type = '{record_type}';
    IF ids IS NOT NULL THEN
{statements}
    END IF;
"""

#: The change is itself written to the history; its earlier values go with the others. Lines are
#: made anew with each save, so those that are gone are found by the record they belonged to.
_STATEMENTS = """
        UPDATE "{table}" SET {blanks} WHERE "{key}" = ANY (ids);
        UPDATE ccs_history SET old = pmis_blanked(old, '{columns}'),
                               new = pmis_blanked(new, '{columns}')
         WHERE "table" = '{table}' AND {belongs};
"""


def erase_function() -> str:
    """Return the SQL that erases the personal data of records, as registered by record type."""
    found: dict[str, dict[str, list[PersonalColumn]]] = defaultdict(lambda: defaultdict(list))
    for column in personal_columns():
        record = column.record or column.model
        if issubclass(record, Record) and record is not Disposal:
            found[column.record_type][column.table].append(column)
    blocks = []
    for record_type, tables in found.items():
        first = next(iter(tables.values()))[0]
        blocks.append(
            _BLOCK.format(
                record_type=record_type,
                table=(first.record or first.model)._meta.db_table,
                statements="".join(_statements(columns) for columns in tables.values()),
            )
        )
    return _ERASE.format(blocks="".join(blocks))


def _statements(columns: list[PersonalColumn]) -> str:
    one = columns[0]
    names = [column.column for column in columns]
    is_line = one.record is not None
    return _STATEMENTS.format(
        table=one.table,
        key=one.parent if is_line else "id",
        blanks=", ".join(f"\"{name}\" = ''" for name in names),
        columns=f"{{{','.join(names)}}}",
        belongs=(
            f"(coalesce(new, old)->>'{one.parent}')::bigint = ANY (ids)"
            if is_line
            else "row_id = ANY (ids)"
        ),
    )


def install(cursor: CursorWrapper) -> None:
    """Make the functions; safe to run again."""
    cursor.execute(_HELPERS)
    cursor.execute(erase_function())
