"""SQL conditions (alias `t`) that several record types share."""

from pmis.models import IN_FORCE, RecordState

#: Every version that is or was in force, whatever became of it since.
IN_FORCE_OR_SUPERSEDED = "t.state IN ({})".format(
    ", ".join(f"'{state}'" for state in (*IN_FORCE, RecordState.SUPERSEDED))
)

#: Words for the states of records, as One-PMIS says them.
STATE_LABELS = {state.value: state.label for state in RecordState}
