"""The lives of schedules and reports (domain C.1, C.2)."""

from ccs.lib.workflow import Workflow
from pmis.roles import Role
from pmis.workflows.lines import approval_line, approve, usual_line

#: Domain C.2. The time-out takes the remaining steps with the actor "system".
DAILY_REPORT = Workflow("daily_report", *usual_line())

#: Domain 2.2, stage 2: the plan is approved by the ordering body, then registered.
SCHEDULE = Workflow("schedule", *usual_line())

#: The supervisors' own log: whoever inspects may write and submit it; the officer approves.
SUPERVISION_LOG = Workflow(
    "supervision_log",
    *approval_line((Role.SUPERVISOR, Role.INSPECTOR), approve(Role.OFFICER)),
)

#: Made by the contractor from the daily reports, confirmed by the supervisor, then public at once:
#: residents read it every week (domain A.1).
WEEKLY_REPORT = Workflow(
    "weekly_report",
    *approval_line((Role.SITE_AGENT, Role.ENGINEER), approve(Role.SUPERVISOR)),
)

#: The supervisor's report to the ordering body.
MONTHLY_REPORT = Workflow(
    "monthly_report", *approval_line((Role.SUPERVISOR,), approve(Role.OFFICER))
)

WORKFLOWS = (DAILY_REPORT, SUPERVISION_LOG, WEEKLY_REPORT, MONTHLY_REPORT, SCHEDULE)

WRITERS = {
    "supervision_log": (Role.SUPERVISOR, Role.INSPECTOR),
    "weekly_report": (Role.SITE_AGENT, Role.ENGINEER),
    "monthly_report": (Role.SUPERVISOR, Role.INSPECTOR),
    "daily_report": (Role.SITE_AGENT, Role.ENGINEER),
    "schedule": (Role.SITE_AGENT, Role.ENGINEER),
}
