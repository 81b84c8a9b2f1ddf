"""Template tags for work without a network."""

from __future__ import annotations

from django import template

from ccs.models import User
from pmis.offline_kit import device_key as key_of

register = template.Library()


@register.simple_tag
def device_key(user: User) -> str:
    """Return the name of the person's store on a device."""
    return key_of(user)
