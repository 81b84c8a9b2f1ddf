"""Back office: the log of accesses to personal data, retention rules, the disposal register."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from ccs.lib.administration import ReadOnlyLines, ReadOnlyTable, Table
from pmis.models import (
    Disposal,
    DisposalEntry,
    DisposalItem,
    PersonalDataAccess,
    RetentionRule,
)


@admin.register(PersonalDataAccess)
class PersonalDataAccessTable(ReadOnlyTable):
    """Who saw personal data. Looking here is entered as well."""

    list_display = ("at", "user", "roles", "address", "project", "shown_type", "item", "row_count")
    list_filter = ("shown_type", "item")
    list_select_related = ("user", "project")
    search_fields = ("user__name", "user__username", "project__name", "=project__code")
    date_hierarchy = "at"
    list_per_page = 100


@admin.register(RetentionRule)
class RetentionRuleTable(Table):
    """How long records are kept. A rule in force is followed by another, never rewritten."""

    list_display = ("subject_type", "retention_class", "valid_from", "ground")
    list_filter = ("retention_class",)
    search_fields = ("subject_type", "ground")

    def has_change_permission(self, request: HttpRequest, obj: RetentionRule | None = None) -> bool:
        """Return whether the rule may be changed: only before the day it begins."""
        if obj is not None and obj.valid_from <= timezone.localdate():
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the rule may be taken out: only before the day it begins."""
        return obj is not None and self.has_change_permission(request, obj)


class DisposalItemLines(ReadOnlyLines):
    """What is decided about each class of records."""

    model = DisposalItem
    exclude = ("records",)


@admin.register(Disposal)
class DisposalTable(ReadOnlyTable):
    """Lists of records past their time; written and reviewed on their own pages."""

    list_display = ("project", "number", "as_of_date", "state", "review_date", "reviewers")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("project__name", "=public_id")
    inlines = (DisposalItemLines,)


@admin.register(DisposalEntry)
class DisposalEntryTable(ReadOnlyTable):
    """The register of disposals: what was archived or deleted, by whose decision, when."""

    list_display = ("at", "kind", "subject_type", "title", "retention_class", "decided_by")
    list_filter = ("kind", "subject_type", "retention_class")
    list_select_related = ("decided_by",)
    search_fields = ("title", "=record_public_id")
    date_hierarchy = "at"
