"""The queue between the working tables and the portal: keys only, append-only."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DisclosureQueue(models.Model):
    """A record that changed and has not been looked at by the publisher since.

    Written by the triggers of `allimi/catalogue/sql.py` in the transaction of the change. There
    is no unique key on purpose: a change committed while its key is being consumed must leave a
    key of its own (design, section 2: no lost update).
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=30)
    public_id = models.UUIDField()
    queued_at = models.DateTimeField()

    class Meta:
        verbose_name = _("waiting for publication")
        verbose_name_plural = _("waiting for publication")

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class SourceDefinition(models.Model):
    """What the source view of a record type was made from; a change queues the whole type."""

    kind = models.CharField(max_length=30, primary_key=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("definition of a source view")
        verbose_name_plural = _("definitions of source views")

    def __str__(self) -> str:
        return self.kind
