"""Models that every app may import."""

from ccs.models.areas import Area, AreaCode
from ccs.models.calendar import Holiday
from ccs.models.history import History
from ccs.models.operations import Heartbeat, SignInAttempt
from ccs.models.organizations import Organization
from ccs.models.rules import RuleValue
from ccs.models.tokens import AccessToken
from ccs.models.users import Registration, User

__all__ = [
    "AccessToken",
    "Area",
    "AreaCode",
    "Heartbeat",
    "History",
    "Holiday",
    "Organization",
    "Registration",
    "RuleValue",
    "SignInAttempt",
    "User",
]
