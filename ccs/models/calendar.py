"""Days that are not working days, beside Saturdays, Sundays and the public holidays."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Holiday(models.Model):
    """A change to the calendar of the package `holidays`: a day added or a holiday worked."""

    date = models.DateField(unique=True)
    name = models.CharField(max_length=100)
    is_working_day = models.BooleanField(
        default=False, help_text=_("True where a public holiday is worked all the same.")
    )

    class Meta:
        ordering = ["date"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
