"""What everyone may read. The portal's database role sees these tables and the areas only."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _


class PublishedRecord(models.Model):
    """The newest public version of one record of any kind.

    `source` facts stay in the record itself; no foreign key leads back to the working tables.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=30)
    public_id = models.UUIDField(unique=True)
    project_public_id = models.UUIDField(null=True)
    version_no = models.PositiveIntegerField()
    title = models.TextField(blank=True)
    title_en = models.TextField(blank=True)
    status = models.CharField(max_length=30, blank=True)
    work_type = models.CharField(max_length=30, blank=True)
    ordering_body = models.UUIDField(null=True)
    firms = ArrayField(models.UUIDField(), default=list)
    amount = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    #: The day lists are sorted by: day of the report, of signing, of registration.
    sort_date = models.DateField()
    start_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    search = models.TextField(blank=True)
    body = models.TextField(help_text=_("Canonical text of the newest version."))
    is_withdrawn = models.BooleanField(default=False)
    first_published_at = models.DateTimeField()
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("published record")
        verbose_name_plural = _("published records")
        indexes = [
            # Lists of one kind, newest first, by keyset (projects, newest reports).
            models.Index(
                fields=["kind", "-sort_date", "-id"],
                condition=models.Q(is_withdrawn=False),
                name="published_newest_first",
            ),
            # Everything of one project: its page, its list of reports.
            models.Index(
                fields=["project_public_id", "kind", "-sort_date", "-id"],
                name="published_of_a_project",
            ),
            # Projects of one ordering body, newest first.
            models.Index(
                fields=["ordering_body", "kind", "-sort_date", "-id"],
                condition=models.Q(is_withdrawn=False),
                name="published_of_a_body",
            ),
            # Projects of one type or status, newest first.
            models.Index(
                fields=["kind", "work_type", "-sort_date", "-id"],
                condition=models.Q(is_withdrawn=False),
                name="published_by_type",
            ),
            models.Index(
                fields=["kind", "status", "-sort_date", "-id"],
                condition=models.Q(is_withdrawn=False),
                name="published_by_status",
            ),
            # Projects of one firm.
            GinIndex(
                fields=["firms"],
                condition=models.Q(kind="project"),
                name="published_project_firms",
            ),
            # Text search over projects (code, names, address), in any script.
            GinIndex(
                OpClass(Upper("search"), name="gin_trgm_ops"),
                condition=models.Q(kind="project"),
                name="published_project_search",
            ),
            # Organizations by part of their name, in either language.
            GinIndex(
                OpClass(Upper("title"), name="gin_trgm_ops"),
                condition=models.Q(kind="organization"),
                name="published_firm_title",
            ),
            GinIndex(
                OpClass(Upper("title_en"), name="gin_trgm_ops"),
                condition=models.Q(kind="organization"),
                name="published_firm_title_en",
            ),
            # Near me: a box of latitude and longitude over project points.
            models.Index(
                fields=["latitude", "longitude"],
                condition=models.Q(kind="project", is_withdrawn=False),
                name="published_project_point",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title or self.public_id}"

    @property
    def items(self) -> dict[str, Any]:
        """The published items by code, as the canonical text holds them."""
        return json.loads(self.body)


class PublishedVersion(models.Model):
    """One published version: its canonical bytes, for good.

    `commitment` = SHA-256(salt ‖ body). A version whose body must not be read any more (its record
    was withdrawn or an item narrowed) is *sealed*: body and salt move to `SealedVersion`, which
    the portal cannot read, and the commitment stays.
    """

    class Change(models.TextChoices):
        NEW = "new", _("first publication")
        UPDATE = "update", _("update")
        CORRECTION = "correction", _("correction")
        WITHDRAWAL = "withdrawal", _("withdrawal")
        RESTORED = "restored", _("published again")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=30)
    public_id = models.UUIDField()
    version_no = models.PositiveIntegerField()
    #: Version of the record in One-PMIS that this text shows; 0 where the record has none.
    source_version = models.PositiveIntegerField()
    body = models.TextField(null=True)  # noqa: DJ001 (sealed is not the same as empty)
    salt = models.BinaryField(null=True)
    commitment = models.BinaryField()
    previous_commitment = models.BinaryField(null=True)
    change_class = models.CharField(max_length=20, choices=Change)
    reason = models.TextField(blank=True)
    actor_role = models.CharField(max_length=30, blank=True)
    published_at = models.DateTimeField()
    #: Place in the append-only log, given later by its sequencer.
    seq = models.BigIntegerField(null=True, unique=True)

    class Meta:
        verbose_name = _("published version")
        verbose_name_plural = _("published versions")
        constraints = [
            # Also the index of "version n of this record" and of "its newest version".
            models.UniqueConstraint(
                fields=["public_id", "version_no"], name="published_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id} v{self.version_no}"

    @property
    def items(self) -> dict[str, Any] | None:
        """The published items by code, or None where the version is sealed."""
        return None if self.body is None else json.loads(self.body)


class SealedVersion(models.Model):
    """Body and salt of a version that may not be read at present; closed to the portal."""

    public_id = models.UUIDField()
    version_no = models.PositiveIntegerField()
    body = models.TextField()
    salt = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sealed version")
        verbose_name_plural = _("sealed versions")
        constraints = [
            models.UniqueConstraint(fields=["public_id", "version_no"], name="sealed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} v{self.version_no}"


class PublishedRecordArea(models.Model):
    """A published project in an area or any area above it; feeds the area pages.

    Triggers keep `AreaCount` in step with these rows.
    """

    id = models.BigAutoField(primary_key=True)
    record = models.ForeignKey(PublishedRecord, models.CASCADE, related_name="record_areas")
    area_id = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    status = models.CharField(max_length=30, blank=True)
    work_type = models.CharField(max_length=30, blank=True)
    sort_date = models.DateField()

    class Meta:
        verbose_name = _("published record in an area")
        verbose_name_plural = _("published records in areas")
        constraints = [
            models.UniqueConstraint(fields=["record", "area_id"], name="published_area_once"),
        ]
        indexes = [
            # The list of an area, newest first, by keyset; type and status are filtered on the way.
            models.Index(
                fields=["area_id", "kind", "-sort_date", "-record"],
                include=["work_type", "status"],
                name="published_of_an_area",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} in {self.area_id}"


class AreaCount(models.Model):
    """How many published records of a kind, type and status an area holds."""

    area_id = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    work_type = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=30, blank=True)
    count = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("count of an area")
        verbose_name_plural = _("counts of areas")
        constraints = [
            models.UniqueConstraint(
                fields=["area_id", "kind", "work_type", "status"], name="area_count_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.kind}: {self.count}"


class PublishedFile(models.Model):
    """A file that a published record shows; the file view asks it before it opens anything."""

    sha256 = models.CharField(max_length=64)
    public_id = models.UUIDField()

    class Meta:
        verbose_name = _("published file")
        verbose_name_plural = _("published files")
        constraints = [
            models.UniqueConstraint(fields=["sha256", "public_id"], name="published_file_once"),
        ]
        indexes = [
            # The files of one record, when it is published again or withdrawn.
            models.Index(fields=["public_id"], name="published_file_of"),
        ]

    def __str__(self) -> str:
        return self.sha256


class DisclosureRate(models.Model):
    """How much of the real records of one type is public: measured by the clock, read by all."""

    kind = models.CharField(max_length=30, unique=True)
    items = models.BigIntegerField(help_text=_("Non-empty items of the records that are public."))
    public = models.BigIntegerField(help_text=_("Of them published, as they are or reduced."))
    measured_at = models.DateTimeField()

    class Meta:
        verbose_name = _("disclosure rate")
        verbose_name_plural = _("disclosure rates")

    def __str__(self) -> str:
        return f"{self.kind}: {self.public}/{self.items}"


class PublicationState(models.Model):
    """How often and when something was last published: in all, and per project.

    Every public page's ETag hangs on it. The scope of the whole portal is the nil UUID.
    """

    scope = models.UUIDField(primary_key=True)
    version = models.BigIntegerField(default=0)
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("publication state")
        verbose_name_plural = _("publication states")

    def __str__(self) -> str:
        return f"{self.scope} {self.version}"
