"""Makes the system's own administration the site that every `admin.py` registers with."""

from itertools import chain

from django.apps import apps
from django.contrib.admin.apps import AdminConfig

from ccs.lib.field_names import translate_field_names

APPS = ("ccs", "pmis", "allimi", "payments")


class AdministrationConfig(AdminConfig):
    """Django's administration with `ccs.admin_site.Administration` as its site."""

    default_site = "ccs.admin_site.Administration"

    def ready(self) -> None:
        """Let the names of fields speak the reader's language, then find all `admin.py`."""
        models = chain.from_iterable(apps.get_app_config(app).get_models() for app in APPS)
        translate_field_names(models)
        super().ready()
