"""What every internal row was before: written by the database itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class History(models.Model):
    """One change of one internal row, written by a trigger (`ccs/history.py`).

    The trigger sees changes by page, API, admin, shell, bulk import and psql alike. Who did it
    comes from the session settings `ccs.actor` and `ccs.origin`, set by the application for the
    length of a request or task, and from the database user, which nobody can omit.
    """

    id = models.BigAutoField(primary_key=True)
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    operation = models.CharField(max_length=6)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    at = models.DateTimeField()
    transaction = models.BigIntegerField()
    actor_id = models.BigIntegerField(null=True)
    origin = models.CharField(max_length=200)
    database_user = models.CharField(max_length=63)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("history")
        verbose_name_plural = _("history")
        indexes = [
            # The history page of one row in the admin.
            models.Index(fields=["table", "row_id", "id"], name="history_of_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row_id}"
