"""Daegum-e Baro: public money that reaches the last worker."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Configure Daegum-e Baro."""

    name = "payments"
    verbose_name = "Daegum-e Baro"
