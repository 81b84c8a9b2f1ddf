"""Areas: city, district, neighborhood; region, province, municipality."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class AreaQuerySet(models.QuerySet["Area"]):
    """Sentences about areas."""

    def in_force(self, year: int) -> AreaQuerySet:
        """Return the areas that exist in `year`."""
        return self.filter(
            models.Q(valid_from_year=None) | models.Q(valid_from_year__lte=year),
            models.Q(valid_to_year=None) | models.Q(valid_to_year__gte=year),
        )

    def roots(self) -> AreaQuerySet:
        """Return the areas without a parent."""
        return self.filter(parent=None)


class Area(models.Model):
    """A place with its own administration, in a tree of any depth.

    Official codes of other schemes are `AreaCode` rows: KOSTAT and MOIS number the same
    district differently.
    """

    class Kind(models.TextChoices):
        COUNTRY = "country", _("country")
        CITY = "city", _("city")
        DISTRICT = "district", _("district")
        NEIGHBORHOOD = "neighborhood", _("neighborhood")
        REGION = "region", _("region")
        PROVINCE = "province", _("province")
        MUNICIPALITY = "municipality", _("municipality")

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    code = models.CharField(
        max_length=20, unique=True, help_text=_("Official code in the scheme used for addresses.")
    )
    names = models.JSONField(help_text=_("Name by language code, such as {'ko': …, 'en': …}."))
    derived_names = models.JSONField(
        default=list, blank=True, help_text=_("Languages whose name was romanised, not official.")
    )
    #: Ids from the root to this area, itself included: subtree and breadcrumb without recursion.
    path = ArrayField(models.BigIntegerField(), default=list, editable=False)
    level = models.PositiveSmallIntegerField(default=0, editable=False)
    polygon = models.JSONField(null=True, blank=True, help_text=_("GeoJSON geometry, WGS84."))
    west = models.FloatField(null=True, blank=True)
    south = models.FloatField(null=True, blank=True)
    east = models.FloatField(null=True, blank=True)
    north = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True, help_text=_("Of the centroid, WGS84."))
    latitude = models.FloatField(null=True, blank=True, help_text=_("Of the centroid, WGS84."))
    map_path = models.TextField(
        blank=True, editable=False, help_text=_("SVG path on its parent's drawing grid.")
    )
    map_label = models.JSONField(null=True, blank=True, editable=False)
    valid_from_year = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_to_year = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        indexes = [
            # All areas below one: `path @> [id]`.
            GinIndex(fields=["path"], name="area_subtree"),
        ]
        constraints = [
            models.CheckConstraint(
                name="area_validity_in_order",
                condition=models.Q(valid_to_year=None)
                | models.Q(valid_from_year=None)
                | models.Q(valid_to_year__gte=models.F("valid_from_year")),
                violation_error_message=_("An area cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Name in the reader's language, else in English, else in whatever language there is."""
        return self.name_in(get_language() or "en")

    def name_in(self, language: str) -> str:
        """Return the name in `language`, falling back to English, then to any language."""
        return (
            self.names.get(language)
            or self.names.get("en")
            or next(iter(self.names.values()), self.code)
        )


class AreaCode(models.Model):
    """An official code of an area in one scheme, such as KOSTAT or PSGC."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="codes")
    scheme = models.CharField(max_length=30)
    code = models.CharField(max_length=30)

    class Meta:
        verbose_name = _("area code")
        verbose_name_plural = _("area codes")
        constraints = [
            # The importers find an area by (scheme, code).
            models.UniqueConstraint(fields=["scheme", "code"], name="area_code_once_per_scheme"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.code}"
