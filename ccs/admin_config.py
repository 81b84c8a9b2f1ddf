"""Makes the system's own administration the site that every `admin.py` registers with."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django's administration with `ccs.admin_site.Administration` as its site."""

    default_site = "ccs.admin_site.Administration"
