"""What a person or firm is in one project (domain A.1, accounts and access)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Role of a participant in a project."""

    #: 공사관리관: the ordering body's officer in charge; approves.
    OFFICER = "officer", _("officer in charge")
    #: 부서장: head of the managing department; reads all, approves where a line says so.
    DEPARTMENT_HEAD = "department_head", _("department head")
    #: 계약·회계 담당: keeps contracts and money.
    ACCOUNTING_OFFICER = "accounting_officer", _("contract and accounting officer")
    #: 책임감리원 (FIDIC: the Engineer): confirms what the contractor reports.
    SUPERVISOR = "supervisor", _("responsible supervisor")
    #: 감리원: inspects under the supervisor.
    INSPECTOR = "inspector", _("inspector")
    #: 현장대리인: the contractor's agent on site; writes and submits reports.
    SITE_AGENT = "site_agent", _("site agent")
    #: The contractor's engineers: write for the site agent.
    ENGINEER = "engineer", _("contractor's engineer")
    #: 하수급인 관리자: sees the own firm's part.
    SUBCONTRACTOR = "subcontractor", _("subcontractor's manager")
    #: 설계자: a firm of the directory, no account needed.
    DESIGNER = "designer", _("designer")
    #: 공동수급체 구성원: member of the joint venture.
    JOINT_MEMBER = "joint_member", _("joint venture member")
    #: Oversight: reads everything of the project, changes nothing.
    AUDITOR = "auditor", _("auditor")


#: Roles on the ordering body's side.
ORDERING_BODY_ROLES = frozenset(
    {Role.OFFICER, Role.DEPARTMENT_HEAD, Role.ACCOUNTING_OFFICER, Role.AUDITOR}
)
#: Roles on the supervisor's side.
SUPERVISION_ROLES = frozenset({Role.SUPERVISOR, Role.INSPECTOR})
#: Roles on the contractor's side.
CONTRACTOR_ROLES = frozenset(
    {Role.SITE_AGENT, Role.ENGINEER, Role.SUBCONTRACTOR, Role.JOINT_MEMBER}
)
#: The actor of a step that nobody took: approval by time-out.
SYSTEM = "system"
