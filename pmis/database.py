"""Locks that the database keeps over approved records and first promises."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db.backends.utils import CursorWrapper

from pmis import erasing
from pmis.models import DROPPED, IN_FORCE, LOCKED, Record, RecordState
from pmis.workflows import WORKFLOWS


def _listed(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_LOCKED = _listed((*LOCKED, *DROPPED))
_ENDED = _listed((*DROPPED, RecordState.SUPERSEDED))

#: A decided version goes on to the states that its workflow names, or becomes superseded; its
#: content stays, but for the columns that later steps fill in. Arguments: states, columns.
LOCK_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION pmis_refuse_locked_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ccs_is_erasing(TG_RELID, 'UPDATE', TG_OP) THEN RETURN NEW; END IF;
    IF OLD.state IN ({_LOCKED}) THEN
        IF TG_OP = 'DELETE' OR OLD.state IN ({_ENDED}) OR NOT (
            NEW.state = ANY (TG_ARGV[0]::text[])
            AND to_jsonb(OLD) - TG_ARGV[1]::text[] = to_jsonb(NEW) - TG_ARGV[1]::text[]
        ) THEN
            RAISE EXCEPTION '% %: an approved record is locked; a correction is a new version',
                TG_TABLE_NAME, OLD.public_id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE FUNCTION pmis_refuse_first_promise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: the first promised date and amount are kept for good', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

#: What is practice never becomes real, nor the other way round: published rows hang on it.
PRACTICE_TRIGGER = """
CREATE OR REPLACE FUNCTION pmis_refuse_change_of_practice() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: practice stays practice, a project stays a project', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE TRIGGER pmis_practice_fixed BEFORE UPDATE ON pmis_project
    FOR EACH ROW WHEN (OLD.is_training IS DISTINCT FROM NEW.is_training)
    EXECUTE FUNCTION pmis_refuse_change_of_practice();
"""

#: Lines of a locked record are locked as well. Statement-level: one look per statement.
_LINE_FUNCTION = """
CREATE OR REPLACE FUNCTION pmis_refuse_locked_lines_{parent}() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF ccs_is_erasing(TG_RELID, 'UPDATE', TG_OP) THEN RETURN NULL; END IF;
    IF EXISTS (SELECT 1 FROM changed_rows c JOIN "{parent}" p
               ON p.id = (to_jsonb(c)->>TG_ARGV[0])::bigint
               WHERE p.state = ANY (TG_ARGV[1]::text[])) THEN
        RAISE EXCEPTION '%: the lines of an approved record are locked', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""

_LINE_TRIGGERS = """
CREATE OR REPLACE TRIGGER pmis_locked_insert AFTER INSERT ON "{table}"
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT
    EXECUTE FUNCTION pmis_refuse_locked_lines_{parent}('{column}', '{states}');
CREATE OR REPLACE TRIGGER pmis_locked_update AFTER UPDATE ON "{table}"
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT
    EXECUTE FUNCTION pmis_refuse_locked_lines_{parent}('{column}', '{states}');
CREATE OR REPLACE TRIGGER pmis_locked_move AFTER UPDATE ON "{table}"
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT
    EXECUTE FUNCTION pmis_refuse_locked_lines_{parent}('{column}', '{states}');
CREATE OR REPLACE TRIGGER pmis_locked_delete AFTER DELETE ON "{table}"
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT
    EXECUTE FUNCTION pmis_refuse_locked_lines_{parent}('{column}', '{states}');
"""

#: (table, condition under which the first promise stands, what would undo that, columns of the
#: promise)
FIRST_PROMISES = (
    (
        "pmis_project",
        "OLD.registered_at IS NOT NULL",
        "NEW.registered_at IS NULL",
        ("original_completion_date", "original_cost_amount"),
    ),
    (
        "pmis_contract",
        "OLD.state <> 'draft'",
        "NEW.state = 'draft'",
        ("original_completion_date", "original_amount"),
    ),
)


def record_models() -> list[type[Record]]:
    """Return all models with versions and an approval line."""
    return [
        model for model in apps.get_app_config("pmis").get_models() if issubclass(model, Record)
    ]


def later_states(model: type[Record]) -> list[str]:
    """Return the states that a version of this type in force may come to."""
    rows = WORKFLOWS[model.record_type]
    states = {row.to for row in rows if row.to in IN_FORCE}
    return sorted({*states, RecordState.SUPERSEDED})


def follow_up_columns(model: type[Record]) -> list[str]:
    """Return the columns that steps after the decision fill in."""
    filled = [model._meta.get_field(name).column for name in model.follow_up_fields]
    return [*filled, "revision"] if filled else []


def lock_triggers() -> str:
    """Return the SQL that locks approved records and their lines."""
    statements = []
    for model in record_models():
        table = model._meta.db_table
        states, columns = later_states(model), ["state", "updated_at", *follow_up_columns(model)]
        statements.append(_LINE_FUNCTION.format(parent=table))
        statements.append(
            f'CREATE OR REPLACE TRIGGER pmis_locked BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION pmis_refuse_locked_record("
            f"'{{{','.join(states)}}}', '{{{','.join(columns)}}}');"
        )
        for relation in model._meta.related_objects:
            line = relation.related_model
            if relation.get_accessor_name() in model.line_names():
                locked = (*DROPPED, *((RecordState.SUPERSEDED,) if line.is_follow_up else LOCKED))
                statements.append(
                    _LINE_TRIGGERS.format(
                        table=line._meta.db_table,
                        parent=table,
                        column=relation.field.column,
                        states=f"{{{','.join(locked)}}}",
                    )
                )
    return "\n".join(statements)


def promise_triggers() -> str:
    """Return the SQL that keeps original dates and amounts beside the current ones for good."""
    statements = []
    for table, condition, undone, columns in FIRST_PROMISES:
        # Stepping back to a draft and changing the figure there would lose the promise as well.
        changed = f"{undone} OR " + " OR ".join(
            f"(OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column})"
            for column in columns
        )
        statements.append(
            f'CREATE OR REPLACE TRIGGER pmis_first_promise BEFORE UPDATE ON "{table}" '
            f"FOR EACH ROW WHEN ({condition} AND ({changed})) "
            "EXECUTE FUNCTION pmis_refuse_first_promise();"
        )
    return "\n".join(statements)


def install(cursor: CursorWrapper) -> None:
    """Make the locks; safe to run again."""
    cursor.execute(LOCK_FUNCTIONS)
    cursor.execute(lock_triggers())
    cursor.execute(promise_triggers())
    cursor.execute(PRACTICE_TRIGGER)
    erasing.install(cursor)
