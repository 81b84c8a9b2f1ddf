"""`{% kept "name" value … %}`: a part of a page that is drawn once for each set of values.

A publication makes every page of an area new, but most of its parts (the frame, the form of the
filters, the map) are as they were. Such a part is drawn again only when the values that it names
changed, or the language, or after some minutes (names and outlines of areas have no version).
"""

from __future__ import annotations

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from allimi.presentation import cache

register = template.Library()


class KeptNode(template.Node):
    """A part of a template with the values it hangs on."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, name: str, values: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self._name = name
        self._values = values

    def render(self, context: Context) -> SafeString:
        """Return the part as remembered, or draw it."""
        values = (value.resolve(context) for value in self._values)
        key = ("part", self._name, get_language(), cache.moment(), *values)
        text = cache.fragments.get(key)
        if text is None:
            text = self.nodelist.render(context)
            cache.fragments.put(key, text)
        # SECURITY: the text is the output of an autoescaping template.
        return mark_safe(text)  # noqa: S308


@register.tag("kept")
def kept(parser: Parser, token: Token) -> KeptNode:
    """Read `{% kept "name" value … %} … {% endkept %}`; the values must be hashable."""
    _tag, name, *values = token.split_contents()
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, name.strip("\"'"), [parser.compile_filter(one) for one in values])
