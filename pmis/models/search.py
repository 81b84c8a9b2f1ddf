"""What the search box looks through, and the filters that people keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.projects import Project

if TYPE_CHECKING:
    from ccs.models import User


class SearchEntry(models.Model):
    """The words of one record, whatever its version: kept by triggers of the database.

    `pmis/search_index.py` says which columns are read; nobody writes here by hand.
    """

    record_type = models.CharField(max_length=30)
    public_id = models.UUIDField()
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="search_entries"
    )
    title = models.TextField(blank=True)
    #: The day of the record, and its number in the project, where it has them.
    day = models.DateField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField(blank=True)
    #: Title, day and text as `ccs_fold` writes them: what a hit is checked against.
    folded = models.TextField(blank=True)
    #: Every two neighbouring letters of a word: two syllables of Korean are found by them.
    bigrams = ArrayField(models.TextField(), default=list)
    #: Words of four letters and more in alphabetic scripts, for typing errors.
    letters = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [
            models.UniqueConstraint(fields=["record_type", "public_id"], name="search_entry_once"),
        ]
        indexes = [
            # Any word of two letters and more, in any script.
            GinIndex(fields=["bigrams"], name="search_bigrams"),
            # Typing errors in alphabetic scripts.
            GinIndex(OpClass("letters", name="gin_trgm_ops"), name="search_letters"),
            # A word that most records hold: the newest of one type are found without reading all.
            models.Index(fields=["record_type", "-public_id"], name="search_newest_of_a_type"),
            # The same among the few projects of one person.
            models.Index(
                fields=["project", "record_type", "-public_id"], name="search_newest_of_a_project"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.title or self.public_id}"


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    """Sentences about saved filters."""

    def usable_by(self, user: User) -> SavedFilterQuerySet:
        """Return the filters of `user`, and those shared in projects that `user` may see."""
        shared = models.Q(is_shared=True, project__in=Project.objects.visible_to(user))
        return self.filter(models.Q(owner=user) | shared)


class SavedFilter(models.Model):
    """The filter of a register under a name that a person gave it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters"
    )
    name = models.CharField(_("name"), max_length=80)
    #: Name of the register's address, such as `daily-report-list`.
    page = models.CharField(max_length=60)
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="saved_filters"
    )
    #: The filter as it stands in the address, without the page that was open.
    query = models.CharField(max_length=1000, blank=True)
    is_shared = models.BooleanField(_("for everybody in this project"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "project", "name"],
                nulls_distinct=False,
                name="saved_filter_name_once",
                violation_error_message=_("You have a filter of this name here already."),
            ),
            models.CheckConstraint(
                name="saved_filter_shared_in_a_project",
                condition=models.Q(is_shared=False) | models.Q(project__isnull=False),
            ),
        ]
        indexes = [
            # Filters that a project's people share, above its registers.
            models.Index(
                fields=["project", "page"],
                condition=models.Q(is_shared=True),
                name="saved_filter_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.name
