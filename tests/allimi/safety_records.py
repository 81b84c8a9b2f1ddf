"""Public safety records with lines of every kind, by type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from pmis.models import Photo, Record
from pmis.services.approvals import perform
from tests.factories import safety as made


def _photo(site: Any) -> Photo:
    return Photo.objects.create(
        project=site.project,
        title="안전난간",
        state="checked",
        public_sha256="c" * 64,
        thumbnail_sha256="d" * 64,
        uploader=site.agent,
        checked_by=site.supervisor,
        checked_at=timezone.now(),
    )


def _approved(site: Any, record: Record, *deciders: Any) -> Any:
    record = perform(subject=record, action="submit", by=site.agent)
    actions = ("approve",) if len(deciders) == 1 else ("confirm", "approve")
    for action, by in zip(actions, deciders, strict=True):
        record = perform(subject=record, action=action, by=by)
    return record


def _finding(site: Any) -> Any:
    finding = made.make_finding(site.project, site.agent, site.firm)
    finding.photos.create(photo=_photo(site))
    finding = perform(subject=finding, action="assign_action", by=site.agent)
    finding.action_photos.create(photo=_photo(site))
    finding = perform(
        subject=finding,
        action="stop",
        by=site.supervisor,
        fields={"stop_scope": "상부 작업"},
    )
    return perform(
        subject=finding,
        action="lift_stop",
        by=site.supervisor,
        fields={"lift_note": "덮개 확인"},
    )


def _activity(site: Any) -> Any:
    activity = made.make_activity(site.project, site.agent)
    activity.photos.create(photo=_photo(site))
    return perform(subject=activity, action="report", by=site.agent)


def _accident(site: Any) -> Any:
    accident = made.make_accident(site.project, site.agent)
    accident.photos.create(photo=_photo(site))
    return perform(subject=accident, action="report", by=site.agent)


#: By kind: each takes the site and returns a record that is public.
SAFETY_RECORDS: dict[str, Callable[[Any], Any]] = {
    "safety_finding": _finding,
    "safety_checklist": lambda site: _approved(
        site, made.make_checklist(site.project, site.agent), site.supervisor
    ),
    "risk_assessment": lambda site: _approved(
        site, made.make_assessment(site.project, site.agent), site.supervisor
    ),
    "safety_plan": lambda site: _approved(
        site, made.make_plan(site.project, site.agent), site.supervisor, site.officer
    ),
    "safety_cost": lambda site: _approved(
        site, made.make_cost(site.project, site.agent), site.supervisor
    ),
    "safety_activity": _activity,
    "work_permit": lambda site: _approved(
        site, made.make_permit(site.project, site.agent), site.supervisor
    ),
    "accident": _accident,
}
