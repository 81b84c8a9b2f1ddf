"""The workflow of every record type: one row per step, as the manual prints it.

Services, pages, API, admin and tests all ask these tables; nothing compares states by hand. A
module for each subject gives its `WORKFLOWS` and `WRITERS`; they come together here.
"""

from ccs.lib.workflow import Workflow
from pmis.roles import Role
from pmis.workflows import (
    changes,
    documents,
    evaluations,
    letters,
    projects,
    quality,
    reports,
    safety,
    schedules,
)

#: By record type, in the order of the manual.
WORKFLOWS: dict[str, Workflow] = {
    workflow.record_type: workflow
    for module in (
        reports,
        schedules,
        quality,
        letters,
        safety,
        documents,
        changes,
        evaluations,
        projects,
    )
    for workflow in module.WORKFLOWS
}

#: Who writes the versions of a record type, before anyone decides on them.
WRITERS: dict[str, tuple[Role, ...]] = {
    **reports.WRITERS,
    **schedules.WRITERS,
    **quality.WRITERS,
    **letters.WRITERS,
    **safety.WRITERS,
    **documents.WRITERS,
    **changes.WRITERS,
    **evaluations.WRITERS,
}
