"""The Django project: settings, addresses, the embedded servers and what all apps share."""

from ccs.celery import app as celery_app

__all__ = ["celery_app"]
