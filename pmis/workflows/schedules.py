"""The lives of schedules and of the plans that catch up with them."""

from ccs.lib.workflow import Workflow
from pmis.roles import Role
from pmis.workflows.lines import usual_line

#: Domain A.1, progress: written by the site agent, confirmed by the supervisor, approved by the
#: officer.
CATCH_UP_PLAN = Workflow("catch_up_plan", *usual_line())

WORKFLOWS = (CATCH_UP_PLAN,)

WRITERS = {"catch_up_plan": (Role.SITE_AGENT, Role.ENGINEER)}
