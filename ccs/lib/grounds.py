"""Legal grounds on which an item may be withheld (domain B)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Ground(models.TextChoices):
    """Official Information Disclosure Act, article 9(1); and the grounds of money and systems."""

    G1 = "G1", _("secret by another law")
    G2 = "G2", _("security and defence")
    G3 = "G3", _("protection of life, body and property")
    G4 = "G4", _("trial or investigation under way")
    G5 = "G5", _("decision in process")
    G6 = "G6", _("personal data")
    G7 = "G7", _("business secret")
    FIN = "FIN", _("account and tax data")
    SEC = "SEC", _("security of the system")
