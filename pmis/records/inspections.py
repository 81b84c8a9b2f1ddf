"""Inspection requests as the generic pages see them (검측요청서, register 검측대장)."""

from __future__ import annotations

import datetime
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_moment
from ccs.lib.identity import new_public_id
from ccs.models import User
from ccs.templatetags.formats import city_zone, reader_language
from pmis.filters import record_filter
from pmis.forms import quality as quality_forms
from pmis.forms.records import Values, line_indexes
from pmis.models import (
    InspectionItem,
    InspectionRequest,
    InspectionTemplate,
    Project,
    RecordState,
)
from pmis.records.types import (
    NUMBER_COLUMN,
    PROJECT_COLUMN,
    Column,
    Group,
    Prefill,
    RecordType,
    Section,
    Warning,
    register,
)
from pmis.roles import Role
from pmis.services import inspections
from pmis.services.records import may_write

#: An inspection is asked for a day before (domain A.1); later ones may find nobody free.
NOTICE = datetime.timedelta(days=1)
Result = InspectionItem.Result


def _select(label: Any, **options: Any) -> dict[str, Any]:
    widget = forms.Select(attrs={"class": "full"})
    return {"label": label, "empty_label": gettext_lazy("all"), "widget": widget, **options}


def _filter_class() -> type[django_filters.FilterSet]:
    """Return the filters of the register: those of every register, type of work, kind of point."""
    base = record_filter(InspectionRequest)
    own = {
        "work_type": django_filters.ModelChoiceFilter(
            "template",
            queryset=InspectionTemplate.objects.all(),
            to_field_name="public_id",
            **_select(gettext_lazy("Type of work")),
        ),
        "kind": django_filters.ChoiceFilter(
            choices=InspectionRequest.Kind.choices, **_select(gettext_lazy("Kind of point"))
        ),
        "overdue": django_filters.ChoiceFilter(
            method="filter_overdue",
            choices=[("yes", gettext_lazy("time to put it right is over"))],
            **_select(gettext_lazy("Only")),
        ),
        "filter_overdue": lambda _self, rows, _name, _value: rows.filter(
            state__in=(RecordState.FAILED, RecordState.CONDITIONAL),
            rectify_by_date__lt=timezone.localdate(),
        ),
    }
    meta = type("Meta", (), {"model": InspectionRequest, "fields": ()})
    return type("InspectionFilter", (base,), {**own, "Meta": meta})


# -- The form --------------------------------------------------------------------------------


def _take_points(project: Project, data: QueryDict) -> str:
    """Put the points of the chosen checklist after those that stand in the form."""
    template = InspectionTemplate.objects.filter(public_id=_identity(data.get("template"))).first()
    if template is None:
        return "id_template"
    indexes = line_indexes(data, "items")
    written = [index for index in indexes if data.get(f"items-{index}-item")]
    following = written[-1] + 1 if written else 0
    for index, point in enumerate(inspections.points_of(template), start=following):
        for name, value in point.items():
            data[f"items-{index}-{name}"] = value
    return "items"


def _check_all(project: Project, data: QueryDict) -> str:
    """Mark every point that has no mark yet as found right by the contractor."""
    for index in line_indexes(data, "items"):
        if data.get(f"items-{index}-item") and not data.get(f"items-{index}-self_check"):
            data[f"items-{index}-self_check"] = Result.PASS
    return "items"


def _identity(text: str | None) -> Any:
    """Return a public id as it was sent, or one that nothing has."""
    try:
        return InspectionTemplate._meta.get_field("public_id").to_python(text)
    except forms.ValidationError:
        return None


def _prefill(project: Project, _key: str) -> Prefill | None:
    """Ask for tomorrow morning unless another time is chosen."""
    tomorrow = timezone.localdate() + NOTICE
    values = {"inspection_date": tomorrow, "kind": InspectionRequest.Kind.HOLD_POINT}
    return Prefill(Values(values), "")


# -- The step --------------------------------------------------------------------------------


def _pass_all(request: InspectionRequest, data: QueryDict) -> None:
    """Fill the points that have no result yet, as the contractor's own check allows it."""
    for index, result in enumerate(inspections.results_for_all(request)):
        if not data.get(f"items-{index}-result"):
            data[f"items-{index}-result"] = result


# -- The page --------------------------------------------------------------------------------


def _warnings(request: InspectionRequest) -> list[Warning]:
    found = []
    day = request.inspection_date
    if day is not None and day < timezone.localdate() + NOTICE:
        sentence = _("Ask at least one day before: the inspector may not be free.")
        found.append(Warning("id_inspection_date", sentence))
    if request.work_item is None and request.kind == InspectionRequest.Kind.HOLD_POINT:
        sentence = _("A hold point without a work item holds nothing up: choose the work item.")
        found.append(Warning("id_work_item", sentence))
    for index, point in enumerate(request.items.all()):
        if point.self_check == Result.FAIL:
            sentence = _("Your own check found this wrong: %(point)s.") % {"point": point.item}
            found.append(Warning(f"id_items-{index}-self_check", sentence))
    if not request.inspection_photos.all():
        found.append(Warning("inspection_photos", _("There is no photo.")))
    return found


def _more_facts(request: InspectionRequest) -> list[tuple[Any, str]]:
    """Return who inspected, and which inspection this is, for page and print."""
    role = request.inspector_role
    body = ", ".join(
        str(part)
        for part in (
            Role(role).label if role in Role.values else "",
            request.inspector_firm or "",
            request.inspector or "",
        )
        if part
    )
    facts = [(_("Inspector"), body)]
    if request.inspected_at is not None:
        moment = format_moment(request.inspected_at, reader_language(), city_zone())
        facts.append((_("Inspected at"), moment))
    if request.reinspection_number:
        facts.append((_("Re-inspection number"), str(request.reinspection_number)))
    return facts


def _page_context(request: InspectionRequest, user: User) -> dict[str, Any]:
    following = request.following.order_by("-version_no").first()
    decided = request.state in (RecordState.FAILED, RecordState.CONDITIONAL)
    return {
        "blocks": inspections.items_blocked_by(request),
        "following": following,
        "is_overdue": decided
        and request.rectify_by_date is not None
        and request.rectify_by_date < timezone.localdate(),
        "non_conformances": list(request.non_conformances.order_by("-id")),
        "new_key": new_public_id(),
        "may_report": decided and may_write(user, request.project, "non_conformance"),
    }


def _work_type(request: InspectionRequest) -> str:
    return request.template.work_type if request.template else ""


register(
    RecordType(
        model=InspectionRequest,
        slug="inspection-requests",
        group=Group.QUALITY,
        form=quality_forms.InspectionRequestForm,
        lines=quality_forms.INSPECTION_LINES,
        columns=(
            Column(gettext_lazy("What is inspected"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Type of work"), _work_type),
            Column(gettext_lazy("Kind of point"), lambda request: request.get_kind_display()),
            Column(gettext_lazy("Day asked for"), lambda request: request.inspection_date, "day"),
            Column(
                gettext_lazy("Re-inspection"),
                lambda request: request.reinspection_number or None,
                "number",
            ),
            Column(
                gettext_lazy("To be put right by"), lambda request: request.rectify_by_date, "day"
            ),
        ),
        sections=(
            Section(
                gettext_lazy("What and where"),
                ("activity", "work_item", "location", "drawing_number", "kind"),
            ),
            Section(gettext_lazy("When"), ("inspection_date", "inspection_time")),
            Section(gettext_lazy("Checklist"), ("template", "attached_test"), ("items",)),
            Section(gettext_lazy("Photos"), (), ("inspection_photos",)),
        ),
        filters=_filter_class(),
        content_template="pmis/records/_inspection_request.html",
        form_template="pmis/records/_inspection_request_form.html",
        step_templates={"items": "pmis/records/_inspection_results.html"},
        buttons={"take_points": _take_points, "check_all": _check_all},
        step_buttons={"pass_all": _pass_all},
        prefill=_prefill,
        save=inspections.save_inspection_request,
        warnings=_warnings,
        check=inspections.check_complete,
        select=("project", "template", "work_item", "inspector", "inspector_firm", "previous"),
        works_offline=True,
        more_facts=_more_facts,
        page_context=_page_context,
    )
)
