"""Help by topic: the page of every page, beside what was typed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import select_template
from django.urls import reverse
from django.utils.translation import get_language

from pmis.help_topics import TOPICS
from pmis.views.common import WorkView

#: Language of a topic that nobody has written in the reader's own.
FALLBACK = "en"


class HelpView(WorkView):
    """All topics, or one of them; `from` is the page that the reader came from."""

    def get(self, request: HttpRequest, topic: str = "") -> HttpResponse:
        """Show the topic in the reader's language."""
        if topic and topic not in TOPICS:
            raise Http404
        context = {
            "topics": TOPICS.items(),
            "topic": topic,
            "heading": TOPICS.get(topic, ""),
            "back": _back(request.GET.get("from", "")),
            "nav": "help",
        }
        if topic:
            language = (get_language() or FALLBACK).split("-")[0]
            names = [f"pmis/help/{code}/{topic}.html" for code in (language, FALLBACK)]
            context["text"] = select_template(names)
            context["is_foreign"] = not context["text"].template.name.startswith(
                f"pmis/help/{language}/"
            )
            context["fallback"] = FALLBACK
        return render(request, "pmis/help/help.html", context)


def _back(address: str) -> str:
    """Return where the reader came from: only a page of this site, else "My day"."""
    is_own = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_own else reverse("pmis:my-day")
