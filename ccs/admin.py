"""Back office of what all apps share: people, organizations, areas, rules, the log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.administration import Lines, ReadOnlyTable, Table
from ccs.models import (
    AccessToken,
    Area,
    AreaCode,
    Heartbeat,
    History,
    Holiday,
    Organization,
    Registration,
    RuleValue,
    SignInAttempt,
    User,
)
from ccs.services.people import disable_person, enable_person, remove_second_factors
from ccs.services.tokens import revoke_token

admin.site.unregister(Group)


class LowercaseEmail(forms.ModelForm):
    """Addresses are kept in small letters: sign-in compares them so."""

    def clean_email(self) -> str:
        """Return the address in small letters; refuse one that has an account."""
        email = self.cleaned_data["email"].lower()
        others = User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk)
        if email and others.exists():
            raise forms.ValidationError(_("Another account has this e-mail address."))
        return email


class PersonForm(LowercaseEmail, UserChangeForm):
    """An account as it is."""


class NewPersonForm(LowercaseEmail, AdminUserCreationForm):
    """An account to be made."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "name", "email")


@admin.register(User)
class PersonTable(Table, UserAdmin):
    """People. Shutting out and letting in are actions: they end sessions and keys as well."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("username", "name", "organization", "office_role", "is_active", "last_login")
    list_filter = ("is_active", "office_role", "organization__kind")
    list_select_related = ("organization",)
    search_fields = ("username", "name", "email", "organization__name")
    autocomplete_fields = ("organization",)
    filter_horizontal = ()
    ordering = ("username",)
    readonly_fields = ("is_active", "is_superuser", "last_login", "date_joined")
    actions = ("disable", "enable", "remove_factors")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("name", "email", "language", "mobile")}),
        (
            gettext_lazy("Office"),
            {"fields": ("organization", "department", "position", "office_phone", "office_role")},
        ),
        (
            gettext_lazy("Account"),
            {"fields": ("is_active", "is_superuser", "last_login", "date_joined")},
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "name", "email", "usable_password")}),
        (gettext_lazy("Password"), {"fields": ("password1", "password2")}),
        (gettext_lazy("Office"), {"fields": ("organization", "office_role", "language")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may be changed.

        SECURITY: only a superuser changes a superuser, or an administrator would become one by
        setting the password.
        """
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    @admin.action(description=gettext_lazy("Shut out: end account, sessions and keys"))
    def disable(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Shut the chosen people out."""
        self._each(request, people, disable_person)

    @admin.action(description=gettext_lazy("Let in again"))
    def enable(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Let the chosen people in again."""
        self._each(request, people, enable_person)

    @admin.action(description=gettext_lazy("Remove second factor and passkeys"))
    def remove_factors(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Help people who lost their second factor."""
        self._each(request, people, remove_second_factors)

    def _each(self, request: HttpRequest, people: QuerySet[User], service: Any) -> None:
        if not request.user.is_superuser:
            people = people.filter(is_superuser=False)
        self.refuse_or(
            request,
            people,
            lambda person: service(person=person, by=request.user),
            _("%(count)d done."),
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the actions to those who may change people."""
        actions = super().get_actions(request)
        return actions if self.has_change_permission(request) else {}


@admin.register(Organization)
class OrganizationTable(Table):
    """Bodies and firms."""

    list_display = ("name", "kind", "registration_number", "parent", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("parent",)
    search_fields = ("name", "name_en", "registration_number")
    autocomplete_fields = ("parent", "area")
    readonly_fields = ("public_id", "created_at")


class AreaCodeLines(Lines):
    """Codes of an area in other schemes."""

    model = AreaCode


@admin.register(Area)
class AreaTable(Table):
    """Areas. Polygons come from `import_areas` and are not typed."""

    list_display = ("code", "name", "kind", "parent", "valid_from_year", "valid_to_year")
    list_filter = ("kind", "level")
    list_select_related = ("parent",)
    search_fields = ("code", "names__ko", "names__en", "codes__code")
    autocomplete_fields = ("parent",)
    readonly_fields = ("level", "west", "south", "east", "north")
    exclude = ("polygon",)
    inlines = (AreaCodeLines,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        """Leave the polygons in the database."""
        return super().get_queryset(request).defer("polygon", "map_path", "map_label")


@admin.register(Holiday)
class HolidayTable(Table):
    """Days beside Saturdays, Sundays and public holidays."""

    list_display = ("date", "name", "is_working_day")
    date_hierarchy = "date"
    search_fields = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether a day entered by mistake may be taken out."""
        return request.user.has_perm("ccs.delete_holiday")


@admin.register(RuleValue)
class RuleValueTable(Table):
    """Numbers that law or city sets. A value in force is followed by another, never rewritten."""

    list_display = ("key", "value", "valid_from", "ground")
    list_filter = ("key",)
    search_fields = ("ground",)

    def has_change_permission(self, request: HttpRequest, obj: RuleValue | None = None) -> bool:
        """Return whether the value may be changed: only before the day it begins."""
        if obj is not None and obj.valid_from <= timezone.localdate():
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: RuleValue | None = None) -> bool:
        """Return whether the value may be taken out: only before the day it begins."""
        if obj is None:
            return False
        return self.has_change_permission(request, obj)


@admin.register(Registration)
class RegistrationTable(ReadOnlyTable):
    """Requests for accounts; decided on their own page."""

    list_display = ("user", "firm_name", "ordering_body", "state", "requested_at", "decision")
    list_filter = ("state", "ordering_body")
    list_select_related = ("user", "ordering_body")
    search_fields = ("user__name", "user__email", "firm_name", "registration_number")
    date_hierarchy = "requested_at"

    @admin.display(description=gettext_lazy("decision"))
    def decision(self, registration: Registration) -> str:
        """Return a link to the page on which the request is decided."""
        if registration.state != Registration.State.REQUESTED:
            return registration.get_state_display()
        page = reverse("account-registration", args=[registration.pk])
        return format_html('<a href="{}">{}</a>', page, _("Decide"))


@admin.register(AccessToken)
class AccessTokenTable(ReadOnlyTable):
    """Keys for the API. The key itself is nowhere."""

    list_display = ("name", "hint", "user", "created_at", "expires_at", "last_used_at")
    list_filter = ("revoked_at",)
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__username", "user__name")
    fields = ("user", "name", "hint", "created_at", "expires_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[AccessToken]) -> None:
        """End the chosen keys."""
        self.refuse_or(
            request, tokens, lambda token: revoke_token(token=token), _("%(count)d done.")
        )

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may end keys of others."""
        return request.user.has_perm("ccs.change_accesstoken")


@admin.register(SignInAttempt)
class SignInAttemptTable(ReadOnlyTable):
    """Counters of the guard. Deleting one opens the way again."""

    list_display = ("key", "window_start", "count")
    search_fields = ("key",)
    ordering = ("-window_start", "-count")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether a counter may be forgotten."""
        return request.user.has_perm("ccs.delete_signinattempt")


@admin.register(Heartbeat)
class HeartbeatTable(ReadOnlyTable):
    """When the background processes were last seen."""

    list_display = ("name", "seen_at")


@admin.register(History)
class HistoryTable(ReadOnlyTable):
    """Every change of every internal row."""

    list_display = ("at", "operation", "table", "row_id", "actor", "origin", "database_user")
    list_filter = ("operation",)
    search_fields = ("=table", "=row_id", "=actor_id")
    list_per_page = 100

    @admin.display(description=gettext_lazy("person"), ordering="actor_id")
    def actor(self, row: History) -> str:
        """Return the number of the acting person's account."""
        return "—" if row.actor_id is None else str(row.actor_id)
