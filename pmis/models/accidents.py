"""Accidents and near misses: reported at once, investigated, measures, closed (domain C.6)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmis.models.records import PhotoLine, Record, RecordQuerySet
from pmis.models.schedules import WorkItem

#: States after the investigation: the cause is final.
INVESTIGATED = ("measures", "closed")


class Accident(Record):
    """What happened, to how many, and what is done about it. Who was hurt is never public."""

    record_type = "accident"

    class Kind(models.TextChoices):
        FALL = "fall", _("fall from a height")
        TRIP = "trip", _("slip or trip")
        STRUCK = "struck", _("struck by an object")
        CAUGHT = "caught", _("caught in or between")
        COLLAPSE = "collapse", _("collapse")
        ELECTRIC = "electric", _("electric shock")
        FIRE = "fire", _("fire or explosion")
        SUFFOCATION = "suffocation", _("suffocation or poisoning")
        VEHICLE = "vehicle", _("vehicle or machine")
        HEAT = "heat", _("illness by heat or cold")
        OTHER = "other", _("other")

    is_near_miss = models.BooleanField(
        _("near miss"), default=False, help_text=_("Nobody was hurt, but it could have been.")
    )
    kind = models.CharField(_("kind of accident"), max_length=12, choices=Kind, default=Kind.OTHER)
    occurred_at = models.DateTimeField(_("date and time"), default=timezone.now)
    place = models.CharField(_("place"), max_length=200, blank=True)
    work_item = models.ForeignKey(
        WorkItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work item"),
    )
    injured_count = models.PositiveSmallIntegerField(_("injured"), default=0)
    fatal_count = models.PositiveSmallIntegerField(_("dead"), default=0)
    has_stoppage = models.BooleanField(_("work was stopped"), default=False)
    stoppage_scope = models.CharField(_("what was stopped"), max_length=200, blank=True)

    # The notice to the authority: at once (Occupational Safety and Health Act, art. 54)
    authority = models.CharField(_("authority informed"), max_length=200, blank=True)
    authority_reported_at = models.DateTimeField(_("authority informed at"), null=True, blank=True)

    # Never public (domain B.1): G4 until the investigation ends, G6, G4 and G6
    account = models.TextField(
        _("what happened"), blank=True, help_text=_("Not public before the investigation ends.")
    )
    victim_details = models.TextField(
        _("who was hurt, and how"), blank=True, help_text=_("Never public.")
    )
    witness_statements = models.TextField(
        _("statements of witnesses"), blank=True, help_text=_("Never public.")
    )
    preliminary_cause = models.TextField(
        _("cause as it looks at first"), blank=True, help_text=_("Never public.")
    )

    # Filled in by later steps
    cause = models.TextField(_("cause"), blank=True)
    prevention_measure = models.TextField(
        _("measures so that it does not happen again"), blank=True
    )
    resumed_at = models.DateTimeField(_("work went on at"), null=True, blank=True)
    closed_date = models.DateField(_("closed on"), null=True, blank=True, editable=False)

    follow_up_fields = (
        "authority",
        "authority_reported_at",
        "victim_details",
        "witness_statements",
        "preliminary_cause",
        "cause",
        "prevention_measure",
        "resumed_at",
        "closed_date",
    )
    shared_fields = (
        "authority",
        "authority_reported_at",
        "victim_details",
        "witness_statements",
        "preliminary_cause",
    )
    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-occurred_at", "-id"]
        verbose_name = _("accident")
        verbose_name_plural = _("accidents")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="accident_near_miss_hurt_nobody",
                condition=models.Q(is_near_miss=False) | models.Q(injured_count=0, fatal_count=0),
                violation_error_message=_("Somebody was hurt: that is an accident, no near miss."),
            ),
            models.CheckConstraint(
                name="accident_investigated_has_a_cause",
                condition=~models.Q(state__in=INVESTIGATED)
                | (~models.Q(cause="") & ~models.Q(prevention_measure="")),
            ),
            models.CheckConstraint(
                name="accident_closed_on_a_day",
                condition=~models.Q(state="closed") | models.Q(closed_date__isnull=False),
            ),
        ]
        indexes = [
            # The register, and the days since the last accident of a project.
            models.Index(fields=["project", "-occurred_at"], name="accident_by_project"),
            # The register of all projects.
            models.Index(fields=["-occurred_at", "-public_id"], name="accident_by_time"),
        ]

    def __str__(self) -> str:
        day = timezone.localtime(self.occurred_at).date()
        text = f"{self.get_kind_display()} {day}"
        if self.is_near_miss:
            return f"{self._meta.get_field('is_near_miss').verbose_name}: {text}"
        return text


class AccidentPhoto(PhotoLine):
    """A photo of the place."""

    accident = models.ForeignKey(Accident, models.CASCADE, related_name="photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
