"""Inspection requests: what they must say, what their results mean, what hold points block."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import Organization, User
from pmis.models import (
    WAITING_OR_NOT_PASSED,
    ApprovalEvent,
    InspectionItem,
    InspectionRequest,
    InspectionTemplate,
    Participant,
    Project,
    RecordState,
    Schedule,
    WorkItem,
)
from pmis.network import LinkKind, read_links
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.contents import Lines
from pmis.services.records import save_record

Result = InspectionItem.Result


def points_of(template: InspectionTemplate) -> list[dict[str, str]]:
    """Return the points of a checklist as lines of a request; the timing goes before the point."""
    return [
        {
            "item": (f"[{point.timing}] {point.item}" if point.timing else point.item)[:200],
            "criterion": point.criterion,
        }
        for point in template.items.all()
    ]


def save_inspection_request(
    *,
    record: InspectionRequest,
    fields: dict[str, object],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> InspectionRequest:
    """Write the request; one that names a checklist and has no points gets those of the list.

    See `save_record` for the meaning of the arguments and what is raised.
    """
    lines = dict(lines or {})
    template = fields.get("template")
    if isinstance(template, InspectionTemplate) and not lines.get("items", True):
        lines["items"] = points_of(template)
    return save_record(record=record, fields=fields, lines=lines, by=by, revision=revision)


def check_complete(request: InspectionRequest) -> None:
    """Raise `ValidationError` where a request lacks what the inspector has to know."""
    errors: dict[str, list[str]] = {}
    needed = ("activity", "location", "inspection_date", "inspection_time")
    for name in needed:
        if getattr(request, name) in (None, ""):
            label = request._meta.get_field(name).verbose_name
            errors[name] = [_("Enter: %(field)s.") % {"field": label}]
    points = list(request.items.all())
    if not points:
        errors["items"] = [_("Enter at least one point, or choose a checklist.")]
    for index, point in enumerate(points):
        if not point.self_check:
            text = _("Check “%(point)s” yourself before you ask for the inspection.")
            errors[f"items-{index}-self_check"] = [text % {"point": point.item}]
    if errors:
        raise ValidationError(errors)


def results_for_all(request: InspectionRequest) -> list[str]:
    """Return the result of each point when everything is found right.

    A point that the contractor found not applicable is not applicable; one that the contractor
    found wrong stays open: the inspector decides on it alone.
    """
    results = {Result.NOT_APPLICABLE.value: Result.NOT_APPLICABLE.value, Result.FAIL.value: ""}
    return [results.get(point.self_check, Result.PASS.value) for point in request.items.all()]


# -- Effects of the steps --------------------------------------------------------------------


def _submitted(request: InspectionRequest) -> None:
    check_complete(request)
    # SECURITY: results are the inspector's alone, whatever a writer sent with the lines.
    request.items.update(result="", measured_value="", remark="")


def _inspected(request: InspectionRequest) -> list[InspectionItem]:
    """Raise `ValidationError` where a point has no result; return the points."""
    points = list(request.items.all())
    missing = [point.item for point in points if not point.result]
    if missing:
        sentence = _("No result yet: %(points)s.") % {"points": "; ".join(missing)}
        raise ValidationError({"items": sentence})
    request.inspected_at = timezone.now()
    return points


def _failures(points: Iterable[InspectionItem]) -> list[str]:
    return [point.item for point in points if point.result == Result.FAIL]


def _passed(request: InspectionRequest) -> None:
    failures = _failures(_inspected(request))
    if failures:
        sentence = _("It cannot pass: these points failed: %(points)s.")
        raise ValidationError({"items": sentence % {"points": "; ".join(failures)}})
    request.rectify_by_date = None


def _failed(request: InspectionRequest) -> None:
    if not _failures(_inspected(request)):
        raise ValidationError({"items": _("Mark the points that failed.")})


def _name_inspector(request: InspectionRequest, by: User | None) -> None:
    """Write down who inspected, in which role and for which firm."""
    if by is None:
        return
    event = ApprovalEvent.objects.filter(record_public_id=request.public_id, by=by).latest("id")
    acting = Participant.objects.acting_for(by, timezone.localdate()).filter(
        project=request.project_id, role=event.role
    )
    firm = acting.values_list("organization", flat=True).first()
    request.inspector = by
    request.inspector_role = event.role
    request.inspector_firm = Organization.objects.filter(pk=firm or by.organization_id).first()
    request.save(update_fields=["inspector", "inspector_role", "inspector_firm"])


def _ask_again(request: InspectionRequest, by: User | None) -> None:
    """Begin the re-inspection: a draft of whoever put it right, with the points of before."""
    if by is None:
        return
    again = InspectionRequest.objects.create(
        project=request.project,
        author=by,
        previous=request,
        chain=request.chain_id,
        reinspection_number=request.reinspection_number + 1,
        **{
            name: getattr(request, name)
            for name in (
                "activity",
                "work_item",
                "location",
                "drawing_number",
                "kind",
                "template",
                "attached_test",
            )
        },
    )
    points = request.items.exclude(result=Result.NOT_APPLICABLE)
    InspectionItem.objects.bulk_create(
        InspectionItem(request=again, order=order, item=point.item, criterion=point.criterion)
        for order, point in enumerate(points)
    )


EFFECTS[InspectionRequest.record_type] = Effects(
    submitted=_submitted,
    taken={
        "pass": _passed,
        "pass_conditionally": lambda request: _inspected(request) and None,
        "fail": _failed,
    },
    after={
        "pass": _name_inspector,
        "pass_conditionally": _name_inspector,
        "fail": _name_inspector,
        "rectify": _ask_again,
    },
)


# -- Hold points -----------------------------------------------------------------------------


def open_hold_points(project: Project) -> models.QuerySet[InspectionRequest]:
    """Return the hold points asked for and not passed, of a chain the requests that are not.

    A chain ends with the request that passed (domain C.3).
    """
    passed = (
        InspectionRequest.objects.filter(project=project, state=RecordState.PASSED)
        .annotate(root=Coalesce("chain", "public_id"))
        .filter(root=models.OuterRef("root"))
    )
    return (
        InspectionRequest.objects.filter(
            project=project,
            kind=InspectionRequest.Kind.HOLD_POINT,
            work_item__isnull=False,
            state__in=WAITING_OR_NOT_PASSED,
        )
        .annotate(root=Coalesce("chain", "public_id"))
        .filter(~models.Exists(passed))
        .select_related("work_item")
        .order_by("public_id", "version_no")
    )


def successors(project: Project) -> dict[str, list[WorkItem]]:
    """Return the work items that may begin only after another one, by that one's code.

    A schedule that says nothing about what follows what is read by its sections: an item follows
    those before it whose codes begin with the same letters.
    """
    schedule = Schedule.objects.approved().filter(project=project).first()
    items = list(schedule.work_items.order_by("order", "code")) if schedule else []
    found: dict[str, list[WorkItem]] = {}
    codes = [item.code for item in items]
    for item in items:
        for link in read_links(item.predecessors, codes):
            if link.kind == LinkKind.FINISH_START:
                found.setdefault(link.code, []).append(item)
    return found or _successors_by_section(items)


def _successors_by_section(items: list[WorkItem]) -> dict[str, list[WorkItem]]:
    found: dict[str, list[WorkItem]] = {}
    for index, item in enumerate(items):
        section = item.code.rstrip("0123456789")
        rest = [later for later in items[index + 1 :] if later.code.rstrip("0123456789") == section]
        if rest:
            found[item.code] = rest
    return found


def blocked_items(project: Project) -> dict[str, list[InspectionRequest]]:
    """Return, by code of the work item, the open hold points that keep it from going on."""
    points = list(open_hold_points(project))
    if not points:
        return {}
    after = successors(project)
    found: dict[str, list[InspectionRequest]] = {}
    for point in points:
        for item in after.get(point.work_item.code, ()):
            found.setdefault(item.code, []).append(point)
    return found


def items_blocked_by(request: InspectionRequest) -> list[WorkItem]:
    """Return the work items that a hold point keeps from going on while it is not passed."""
    if request.work_item is None or request.kind != InspectionRequest.Kind.HOLD_POINT:
        return []
    if request.state not in WAITING_OR_NOT_PASSED:
        return []
    if not open_hold_points(request.project).filter(pk=request.pk).exists():
        return []
    return successors(request.project).get(request.work_item.code, [])
