"""What an office role permits in the administration: rights by role, without a list to keep."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from ccs.models import User

#: Apps whose tables an administrator of the ordering body keeps.
ADMINISTERED = frozenset({"ccs", "pmis", "allimi", "payments"})
#: Of other apps, what an administrator may look at to help somebody.
LOOKED_AT = frozenset({"account", "usersessions", "socialaccount"})


class OfficeRoleBackend(BaseBackend):
    """Grant administrators everything in the system's apps, auditors the right to read.

    It signs nobody in; what the administration itself never permits (changing a log, editing an
    approved record) is refused there, whatever the right.
    """

    def has_perm(self, user_obj: User, perm: str, obj: Any = None) -> bool:
        """Return whether the office role of `user_obj` covers `perm` (“app.action_model”)."""
        if not getattr(user_obj, "is_active", False):
            return False
        app, _dot, codename = perm.partition(".")
        role = getattr(user_obj, "office_role", "")
        if role == User.OfficeRole.ADMINISTRATOR:
            return app in ADMINISTERED or (app in LOOKED_AT and codename.startswith("view_"))
        if role == User.OfficeRole.AUDITOR:
            return app in ADMINISTERED and codename.startswith("view_")
        return False

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:
        """Return whether the administration shows the app to `user_obj` at all."""
        if not getattr(user_obj, "is_active", False):
            return False
        role = getattr(user_obj, "office_role", "")
        if role == User.OfficeRole.ADMINISTRATOR:
            return app_label in ADMINISTERED | LOOKED_AT
        return role == User.OfficeRole.AUDITOR and app_label in ADMINISTERED
