"""The shapes of projects and daily reports at the API. Internal ids never appear."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ccs.models import Organization
from pmis.models import (
    ApprovalEvent,
    DailyReport,
    DailyReportPhoto,
    EquipmentLine,
    MaterialLine,
    Photo,
    PlannedLine,
    Project,
    Schedule,
    Visitor,
    WorkforceLine,
    WorkItem,
    WorkLine,
)
from pmis.services.approvals import available_actions
from pmis.services.daily_reports import LINES
from pmis.services.records import content_fields
from pmis.services.roles import roles_of

REPORT_FIELDS = tuple(
    field.name for field in content_fields(DailyReport) if field.name not in ("date", "public_id")
)


class BodySerializer(serializers.ModelSerializer[Organization]):
    """An organization by public id and name."""

    class Meta:
        model = Organization
        fields = ("public_id", "name")


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project that the asker may see. Amounts are in minor units of the currency."""

    ordering_body = BodySerializer()

    class Meta:
        model = Project
        fields = (
            "public_id",
            "code",
            "name",
            "name_en",
            "work_type",
            "state",
            "mode",
            "ordering_body",
            "managing_department",
            "site_address",
            "longitude",
            "latitude",
            "start_date",
            "original_completion_date",
            "planned_completion_date",
            "actual_completion_date",
            "currency",
            "original_cost_amount",
            "total_cost_amount",
            "is_invented",
        )


class ProjectDetailSerializer(ProjectSerializer):
    """A project with the asker's roles in it and the work items reports may name."""

    roles = serializers.SerializerMethodField()
    work_items = serializers.SerializerMethodField()

    class Meta(ProjectSerializer.Meta):
        fields = (*ProjectSerializer.Meta.fields, "description", "purpose", "roles", "work_items")

    def get_roles(self, project: Project) -> list[str]:
        """Return the asker's roles in the project today."""
        return sorted(roles_of(self.context["request"].user, project))

    @extend_schema_field(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "name": {"type": "string"},
                    "unit": {"type": "string"},
                    "quantity": {"type": "string", "format": "decimal"},
                },
            },
        }
    )
    def get_work_items(self, project: Project) -> list[dict[str, Any]]:
        """Return the work items of the approved schedule."""
        items = WorkItem.objects.filter(schedule__in=_schedule_of(project.pk))
        rows = items.values_list("code", "name", "unit", "quantity")
        return [
            {"code": code, "name": name, "unit": unit, "quantity": str(quantity)}
            for code, name, unit, quantity in rows
        ]


def _schedule_of(project_id: int) -> Any:
    return Schedule.objects.approved().filter(project=project_id)


class WorkItemField(serializers.RelatedField):
    """A work item by its code in the project's approved schedule."""

    default_error_messages = {
        "unknown": _("The approved schedule of this project has no work item %(code)s.")
    }

    def get_queryset(self) -> Any:
        """Return the work items of the project that the request is about."""
        project = self.context.get("project")
        if project is None:
            return WorkItem.objects.none()
        return WorkItem.objects.filter(schedule__in=_schedule_of(project.pk))

    def to_internal_value(self, data: Any) -> WorkItem:
        """Return the work item with the code `data`."""
        item = self.get_queryset().filter(code=str(data)).first()
        if item is None:
            raise serializers.ValidationError(
                self.error_messages["unknown"] % {"code": data}, code="unknown"
            )
        return item

    def to_representation(self, value: WorkItem) -> str:
        """Return the code."""
        return value.code


class OrganizationField(serializers.SlugRelatedField):
    """An active organization by its public id."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", Organization.objects.filter(is_active=True))
        super().__init__(slug_field="public_id", **kwargs)


class ProjectPhotoField(serializers.SlugRelatedField):
    """A photo of the project by its public id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="public_id", queryset=Photo.objects.none(), **kwargs)

    def get_queryset(self) -> Any:
        """Return the photos of the project that the request is about."""
        return Photo.objects.filter(project=self.context.get("project"))


class LineSerializer(serializers.ModelSerializer):
    """A line of a report."""

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        """Return the field by which the line names another row: never an internal id."""
        options = {"required": False, "allow_null": True}
        if field_name == "work_item":
            schema = extend_schema_field({"type": "string", "nullable": True})
            return schema(WorkItemField), {**options, "queryset": WorkItem.objects.none()}
        return OrganizationField, options


class WorkLineSerializer(LineSerializer):
    """Work done today."""

    class Meta:
        model = WorkLine
        fields = (
            "work_item",
            "activity",
            "location",
            "quantity",
            "unit",
            "cumulative_quantity",
            "organization",
        )
        read_only_fields = ("cumulative_quantity",)


class PlannedLineSerializer(LineSerializer):
    """Work planned for tomorrow."""

    class Meta:
        model = PlannedLine
        fields = ("work_item", "activity", "location", "quantity", "unit", "crew")


class WorkforceLineSerializer(LineSerializer):
    """People of one trade and firm."""

    class Meta:
        model = WorkforceLine
        fields = (
            "trade",
            "organization",
            "count",
            "foreign_count",
            "attendance_count",
            "difference_reason",
            "cumulative_count",
        )
        read_only_fields = ("cumulative_count",)


class EquipmentLineSerializer(LineSerializer):
    """Machines of one kind."""

    class Meta:
        model = EquipmentLine
        fields = (
            "type",
            "size",
            "count",
            "hours",
            "cumulative_count",
            "owner_registration_number",
            "plate",
        )
        read_only_fields = ("cumulative_count",)


class MaterialLineSerializer(LineSerializer):
    """Material received, used and in stock."""

    class Meta:
        model = MaterialLine
        fields = (
            "item",
            "standard",
            "unit",
            "received_quantity",
            "used_quantity",
            "stock_quantity",
            "approval_number",
            "is_client_supplied",
        )


class VisitorSerializer(LineSerializer):
    """A visit to the site."""

    class Meta:
        model = Visitor
        fields = ("body", "purpose", "name")


class ReportPhotoSerializer(LineSerializer):
    """A photo named by the report."""

    photo = ProjectPhotoField()
    state = serializers.CharField(source="photo.state", read_only=True)
    caption = serializers.CharField(source="photo.caption", read_only=True)

    class Meta:
        model = DailyReportPhoto
        fields = ("photo", "state", "caption")


class DailyReportRowSerializer(serializers.ModelSerializer[DailyReport]):
    """A daily report as lists show it."""

    project = serializers.UUIDField(source="project.public_id", read_only=True)

    class Meta:
        model = DailyReport
        fields = (
            "public_id",
            "project",
            "date",
            "number",
            "version_no",
            "state",
            "revision",
            "is_late",
            "planned_rate",
            "actual_rate",
            "approved_by_timeout",
            "unreviewed_by",
            "submitted_at",
            "approved_at",
            "updated_at",
        )
        read_only_fields = fields


class StepSerializer(serializers.ModelSerializer[ApprovalEvent]):
    """A step that the report took."""

    by = serializers.CharField(source="by.name", default=None, allow_null=True)

    class Meta:
        model = ApprovalEvent
        fields = ("version_no", "action", "from_state", "to_state", "role", "by", "at", "comment")


class DailyReportContentSerializer(serializers.ModelSerializer[DailyReport]):
    """What a writer fills in. A list of lines replaces the lines of its name."""

    work_lines = WorkLineSerializer(many=True, required=False)
    planned_lines = PlannedLineSerializer(many=True, required=False)
    workforce_lines = WorkforceLineSerializer(many=True, required=False)
    equipment_lines = EquipmentLineSerializer(many=True, required=False)
    material_lines = MaterialLineSerializer(many=True, required=False)
    visitors = VisitorSerializer(many=True, required=False)
    report_photos = ReportPhotoSerializer(many=True, required=False)

    class Meta:
        model = DailyReport
        fields = (*REPORT_FIELDS, *LINES)

    def get_validators(self) -> list[Any]:
        """Leave the rules of the whole row to the service, which knows its other fields."""
        return []

    def split(self) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
        """Return the checked fields and lines, as the service takes them."""
        given = dict(self.validated_data)
        lines = {name: given.pop(name) for name in LINES if name in given}
        fields = {name: given[name] for name in REPORT_FIELDS if name in given}
        return fields, lines


class DailyReportSerializer(DailyReportContentSerializer):
    """A daily report with its lines, the way it took, and what the asker may do now."""

    project = serializers.UUIDField(source="project.public_id", read_only=True)
    author = serializers.CharField(source="author.name", read_only=True)
    actions = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()

    class Meta(DailyReportContentSerializer.Meta):
        fields = (
            *DailyReportRowSerializer.Meta.fields,
            "author",
            "reason",
            *DailyReportContentSerializer.Meta.fields,
            "actions",
            "steps",
        )
        read_only_fields = (*DailyReportRowSerializer.Meta.fields, "reason")

    def get_actions(self, report: DailyReport) -> list[str]:
        """Return the actions open to the asker in the report's state."""
        return [row.action for row in available_actions(report, self.context["request"].user)]

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, report: DailyReport) -> Any:
        """Return the steps that the report took, the oldest first."""
        events = ApprovalEvent.objects.filter(record_public_id=report.public_id)
        return StepSerializer(events.select_related("by").order_by("id"), many=True).data


class NewDailyReportSerializer(DailyReportContentSerializer):
    """A new report: project and day, and what is known already."""

    project = serializers.UUIDField()
    date = serializers.DateField()
    copy_previous = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Begin with the people, machines and plan of the report before.",
    )

    class Meta(DailyReportContentSerializer.Meta):
        fields = (
            "project",
            "date",
            "copy_previous",
            *DailyReportContentSerializer.Meta.fields,
        )


class ChangedDailyReportSerializer(DailyReportContentSerializer):
    """A change of a report in work. `revision` is the one that was read."""

    revision = serializers.IntegerField(min_value=1)

    class Meta(DailyReportContentSerializer.Meta):
        fields = ("revision", *DailyReportContentSerializer.Meta.fields)


class ActionSerializer(serializers.Serializer):
    """A step of the workflow. A return needs its comment."""

    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=5000)
    revision = serializers.IntegerField(
        required=False, min_value=1, help_text="Refuse (409) if the report changed since."
    )


class CorrectionSerializer(serializers.Serializer):
    """Why an approved report is corrected; the reason is public."""

    reason = serializers.CharField(max_length=5000)


class NewPhotoSerializer(serializers.Serializer):
    """A photo for a report."""

    file = serializers.FileField()
    caption = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    activity = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    place = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    category = serializers.ChoiceField(
        choices=Photo.Category.choices, required=False, default=Photo.Category.DURING
    )


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """A photo of a report: received, waiting for the check, checked or refused."""

    class Meta:
        model = Photo
        fields = (
            "public_id",
            "state",
            "refused_reason",
            "caption",
            "activity",
            "place",
            "category",
            "uploaded_at",
            "taken_at",
            "width",
            "height",
            "original_sha256",
        )
        read_only_fields = fields


class ReportQuery(serializers.Serializer):
    """Filters of the list of daily reports."""

    project = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=DailyReport.State.choices, required=False)
    date_from = serializers.DateField(required=False)
    date_to = serializers.DateField(required=False)
    waiting_for_me = serializers.BooleanField(
        required=False, default=False, help_text="Only those whose next decision is the asker's."
    )


class ProjectsQuery(serializers.Serializer):
    """Filters of the list of projects."""

    state = serializers.ChoiceField(choices=Project.State.choices, required=False)
    work_type = serializers.ChoiceField(choices=Project.WorkType.choices, required=False)
    text = serializers.CharField(required=False, max_length=100)
