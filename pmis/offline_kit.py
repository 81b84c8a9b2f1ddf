"""What a device takes along for a day without a network."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.crypto import salted_hmac

from ccs.models import User
from pmis.models import Project
from pmis.records import types
from pmis.services.roles import roles_by_project
from pmis.workflows import WRITERS

#: A person with more sites takes along those that began last.
MOST_PROJECTS = 20


def device_key(user: User) -> str:
    """Return a name for the person's store on a device; it tells nothing of the person."""
    return salted_hmac("pmis.offline.device", str(user.pk)).hexdigest()[:24]


def offline_forms(user: User) -> list[dict[str, Any]]:
    """Return the empty forms that work without a network and that the person may fill in."""
    roles = roles_by_project(user)
    projects = Project.objects.visible_to(user).under_construction().filter(pk__in=roles)
    return [
        {
            "url": reverse("pmis:offline-form", args=[project.public_id, entry.slug]),
            "project": project.public_id,
            "project_name": project.name,
            "record_type": entry.record_type,
            "label": entry.label,
        }
        for project in projects.order_by("-start_date", "-pk")[:MOST_PROJECTS]
        for entry in types()
        if entry.works_offline and roles[project.pk] & set(WRITERS[entry.record_type])
    ]
