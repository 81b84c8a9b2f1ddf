"""Fixed points of photo series, and site cameras (domain A.1, photos and video; B.1, webcam)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from pmis.models.projects import Project
from pmis.models.records import PhotoLine, Record, RecordQuerySet


class FixedPoint(models.Model):
    """A place from which the same view is photographed again and again (정점).

    Photos name it in their field `series`; WGS84 degrees, direction clockwise from north.
    """

    public_id = models.UUIDField(default=new_public_id, editable=False, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="fixed_points")
    name = models.CharField(_("name"), max_length=100)
    longitude = models.FloatField(
        _("longitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    direction = models.PositiveSmallIntegerField(
        _("direction of view"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(359)],
        help_text=_("Degrees from north, clockwise: 90 is east."),
    )

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("fixed point")
        verbose_name_plural = _("fixed points")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                name="fixed_point_once",
                violation_error_message=_("This project has a fixed point of that name already."),
            ),
            models.CheckConstraint(
                name="fixed_point_direction",
                condition=models.Q(direction=None) | models.Q(direction__lt=360),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Camera(Record):
    """A camera that shows the site to the public; its recordings stay inside."""

    record_type = "camera"

    name = models.CharField(_("name of the camera"), max_length=100, blank=True)
    place = models.CharField(_("place of the camera"), max_length=200, blank=True)
    longitude = models.FloatField(
        _("longitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    view_url = models.URLField(
        _("address of the public view"),
        blank=True,
        help_text=_("Low resolution, from the city's own video store."),
    )
    operation_hours = models.CharField(
        _("hours of operation"), max_length=100, blank=True, help_text=_("Such as 07:00 to 18:00.")
    )
    purpose = models.TextField(_("purpose"), blank=True)
    notice = models.TextField(
        _("notice on site"),
        blank=True,
        help_text=_("Who operates the camera, for what, and whom to ask; stands on the sign."),
    )
    archive_place = models.CharField(
        _("where the recordings are kept"),
        max_length=200,
        blank=True,
        help_text=_("Never public."),
    )
    offline_note = models.CharField(_("why it is off"), max_length=200, blank=True)

    follow_up_fields = ("offline_note",)
    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("site camera")
        verbose_name_plural = _("site cameras")
        constraints = [*Record.Meta.constraints]

    def __str__(self) -> str:
        return self.name


class CameraSnapshot(PhotoLine):
    """A snapshot of a camera; public when checked like every photo."""

    is_follow_up = True

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="snapshots")

    class Meta(PhotoLine.Meta):
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
