"""What every page knows of the installation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name and whether it is a demonstration."""
    return {
        "site_name": settings.SITE_NAME,
        "is_demonstration": settings.DEMO != "none",
        "site_languages": settings.LANGUAGES,
    }
