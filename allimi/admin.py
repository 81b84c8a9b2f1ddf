"""Back office of disclosure: narrowings, what is published, and what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allimi.catalogue import CATALOGUE
from allimi.models import (
    DisclosureQueue,
    Narrowing,
    PublicationState,
    PublishedNarrowing,
    PublishedRecord,
    PublishedVersion,
)
from allimi.services.narrowings import check_narrowing, end_narrowing, narrow
from ccs.lib.administration import ReadOnlyTable, Table

#: What the form of a narrowing fills in.
NARROWED = ("record_type", "public_id", "item", "ground", "reason", "starts_at", "ends_at")


def kinds() -> list[tuple[str, Any]]:
    """Return the record types of the catalogue as choices."""
    return [(kind, declared.label) for kind, declared in CATALOGUE.items()]


def items() -> list[tuple[Any, Any]]:
    """Return the public items of the catalogue as choices, under their record types."""
    groups = [
        (
            declared.label,
            [(f"{kind}:{item.code}", item.label) for item in declared.items if item.is_public],
        )
        for kind, declared in CATALOGUE.items()
    ]
    return [("", gettext_lazy("the whole record")), *groups]


class NarrowingForm(forms.ModelForm):
    """What is closed, on which ground, why and until when."""

    record_type = forms.ChoiceField(label=gettext_lazy("Record type"), choices=kinds)
    item = forms.ChoiceField(label=gettext_lazy("Item"), choices=items, required=False)

    class Meta:
        model = Narrowing
        fields = NARROWED

    def clean_item(self) -> str:
        """Return the code of the item; refuse one of another record type."""
        kind, _colon, code = self.cleaned_data["item"].partition(":")
        if code and kind != self.cleaned_data.get("record_type"):
            raise forms.ValidationError(_("This item belongs to another record type."))
        return code

    def clean(self) -> dict[str, Any]:
        """Let the service say what is wrong, by field."""
        cleaned = super().clean()
        if not self.errors:
            try:
                check_narrowing(**{name: cleaned.get(name) for name in NARROWED})
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


class InForce(admin.SimpleListFilter):
    """Narrowings that hold now, or have ended."""

    title = gettext_lazy("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("yes", gettext_lazy("in force")), ("no", gettext_lazy("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Narrowing]) -> QuerySet[Narrowing]:
        """Return the rows of the choice."""
        holding = {"ended_at": None, "ends_at__gt": timezone.now()}
        match self.value():
            case "yes":
                return queryset.filter(**holding)
            case "no":
                return queryset.exclude(**holding)
        return queryset


@admin.register(Narrowing)
class NarrowingTable(Table):
    """Narrowings: made and ended here, never rewritten, each in the public register."""

    form = NarrowingForm
    list_display = (
        "record_type",
        "item",
        "public_id",
        "ground",
        "decided_by",
        "starts_at",
        "ends_at",
        "ended_at",
    )
    list_filter = (InForce, "record_type", "ground")
    list_select_related = ("decided_by",)
    search_fields = ("=public_id", "reason")
    actions = ("end",)

    def has_change_permission(self, request: HttpRequest, obj: Narrowing | None = None) -> bool:
        """Return False: a narrowing is ended, and another is made."""
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin now, for thirty days."""
        now = timezone.now()
        return {"starts_at": now, "ends_at": now + timedelta(days=30)}

    def save_model(self, request: HttpRequest, obj: Narrowing, form: Any, change: bool) -> None:
        """Make the narrowing through the service, in the name of the person signed in."""
        facts = {name: form.cleaned_data.get(name) for name in NARROWED}
        made = narrow(**facts, by=request.user)
        obj.pk, obj.decided_by = made.pk, made.decided_by

    @admin.action(description=gettext_lazy("End now: public again"), permissions=["end"])
    def end(self, request: HttpRequest, narrowings: QuerySet[Narrowing]) -> None:
        """End the chosen narrowings."""
        self.refuse_or(
            request,
            narrowings,
            lambda narrowing: end_narrowing(narrowing=narrowing, by=request.user),
            _("%(count)d done."),
        )

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may end narrowings."""
        return request.user.has_perm("allimi.change_narrowing")


@admin.register(PublishedNarrowing)
class PublishedNarrowingTable(ReadOnlyTable):
    """The public register of withholding."""

    list_display = ("record_type", "item", "public_id", "ground", "starts_at", "ends_at")
    list_filter = ("record_type", "ground")
    search_fields = ("=public_id", "reason")


@admin.register(PublishedRecord)
class PublishedRecordTable(ReadOnlyTable):
    """What everyone reads, by record."""

    list_display = ("kind", "title", "public_id", "version_no", "is_withdrawn", "published_at")
    list_filter = ("kind", "is_withdrawn")
    search_fields = ("=public_id", "=project_public_id")
    ordering = ("-id",)


@admin.register(PublishedVersion)
class PublishedVersionTable(ReadOnlyTable):
    """Every published version. Withdrawn or narrowed texts are sealed."""

    list_display = ("kind", "public_id", "version_no", "change_class", "actor_role", "published_at")
    list_filter = ("kind", "change_class")
    search_fields = ("=public_id",)
    ordering = ("-id",)
    exclude = ("salt", "commitment", "previous_commitment")
    readonly_fields = ("commitment_hex", "previous_hex")

    @admin.display(description=gettext_lazy("commitment"))
    def commitment_hex(self, version: PublishedVersion) -> str:
        """Return the commitment as hexadecimal digits."""
        return bytes(version.commitment).hex()

    @admin.display(description=gettext_lazy("commitment before"))
    def previous_hex(self, version: PublishedVersion) -> str:
        """Return the commitment of the version before."""
        before = version.previous_commitment
        return bytes(before).hex() if before is not None else "—"


@admin.register(DisclosureQueue)
class DisclosureQueueTable(ReadOnlyTable):
    """What waits for the publisher."""

    list_display = ("kind", "public_id", "queued_at")
    list_filter = ("kind",)
    search_fields = ("=public_id",)
    ordering = ("id",)


@admin.register(PublicationState)
class PublicationStateTable(ReadOnlyTable):
    """How often and when something was last published."""

    list_display = ("scope", "version", "published_at")
    search_fields = ("=scope",)
    ordering = ("-published_at",)
