"""The administration: open to administrators and auditors of the office, signed in as anywhere."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ccs.row_history import RowChange, changes_of

OPEN_TO = frozenset({"administrator", "auditor"})


class Administration(admin.AdminSite):
    """Django's administration behind the system's own sign-in, guard and second factor."""

    site_header = _("Administration")
    site_title = _("Administration")
    index_title = _("Tables")
    site_url = "/pmis/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may enter: superuser, administrator or auditor."""
        user = request.user
        return user.is_active and (user.is_superuser or getattr(user, "office_role", "") in OPEN_TO)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the sign-in page; refuse who is signed in without the right.

        SECURITY: the administration's own form would go past the guard and the second factor.
        """
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied(_("The administration is open to administrators and auditors."))
        return redirect_to_login(request.GET.get("next") or request.get_full_path())

    def history_of(self, table: str, row_id: int, most: int) -> list[RowChange]:
        """Return the last changes of a row, the newest first (`ccs/row_history.py`)."""
        return changes_of(table, row_id, most)
