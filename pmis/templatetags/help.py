"""The way to the help of the page that is open."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from pmis.help_topics import topic_of

register = template.Library()


@register.simple_tag(takes_context=True)
def help_address(context: dict[str, Any]) -> str:
    """Return the address of the help of this page, with the way back."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if match is None:
        return reverse("pmis:help")
    topic = topic_of(match.namespace, match.url_name or "")
    address = reverse("pmis:help-topic", args=[topic])
    return f"{address}?{urlencode({'from': request.get_full_path()})}"
