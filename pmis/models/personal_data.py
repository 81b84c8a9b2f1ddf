"""Who saw whose personal data: the access log that the safety standard demands. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from pmis.models.projects import Project


class PersonalDataAccess(models.Model):
    """One class of personal data of one project that one request showed to one person.

    Account, moment, place, whose data and what for: Standard of Measures to Secure Personal Data
    (개인정보의 안전성 확보조치 기준), article 8. Written by `pmis.services.personal_data` only.
    """

    record_type = "personal_data_access"

    public_id = models.UUIDField(default=new_public_id, editable=False)
    at = models.DateTimeField(_("seen at"), default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    #: Office role and roles in the project at that moment.
    roles = models.CharField(_("roles"), max_length=300, blank=True)
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    method = models.CharField(max_length=10)
    path = models.CharField(_("page"), max_length=300)
    #: The record type and its item, as the disclosure catalogue calls them.
    shown_type = models.CharField(_("record type"), max_length=40)
    item = models.CharField(_("class of personal data"), max_length=60)
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("project")
    )
    #: Public ids of the records, the first thousand.
    records = models.JSONField(_("records"), default=list)
    row_count = models.PositiveIntegerField(_("number of rows"), default=0)

    class Meta:
        ordering = ["-at", "-public_id"]
        verbose_name = _("access to personal data")
        verbose_name_plural = _("accesses to personal data")
        indexes = [
            # The log: of all, of one project, of one person, newest first.
            models.Index(fields=["-at", "-public_id"], name="personal_access_newest"),
            models.Index(fields=["project", "-at"], name="personal_access_project"),
            models.Index(fields=["user", "-at"], name="personal_access_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.shown_type}.{self.item} {self.at:%Y-%m-%d %H:%M}"
