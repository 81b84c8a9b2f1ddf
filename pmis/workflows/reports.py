"""The lives of schedules and reports (domain C.1, C.2)."""

from ccs.lib.workflow import Workflow
from pmis.roles import Role
from pmis.workflows.lines import usual_line

#: Domain C.2. The time-out takes the remaining steps with the actor "system".
DAILY_REPORT = Workflow("daily_report", *usual_line())

#: Domain 2.2, stage 2: the plan is approved by the ordering body, then registered.
SCHEDULE = Workflow("schedule", *usual_line())

WORKFLOWS = (DAILY_REPORT, SCHEDULE)

WRITERS = {
    "daily_report": (Role.SITE_AGENT, Role.ENGINEER),
    "schedule": (Role.SITE_AGENT, Role.ENGINEER),
}
