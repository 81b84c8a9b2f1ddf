"""Disclosure of projects, their participants and the organizations they name (domain B.1)."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.declarations import Lines, RecordType, Trigger, opened, withheld
from ccs.lib.grounds import Ground
from ccs.models import Organization
from pmis.models import Participant, Project, ProjectArea, ProjectBudget

PROJECT = RecordType(
    kind="project",
    label=_("Project"),
    label_plural=_("Projects"),
    model=Project,
    condition="t.registered_at IS NOT NULL",
    public_from=_("when the officer registers the project"),
    items=(
        opened("code", _("Project code"), "code"),
        opened("procurement_number", _("E-procurement number"), "procurement_number"),
        opened("name", _("Name"), "name", "name_en", "derived_names"),
        opened("work_type", _("Type of work"), "work_type"),
        opened("description", _("Description and scale"), "description"),
        opened("purpose", _("Purpose"), "purpose"),
        opened("ordering_body", _("Ordering body"), "ordering_body_id"),
        opened("managing_department", _("Managing department"), "managing_department"),
        opened("district", _("District"), "areas.area_id"),
        opened(
            "neighborhood",
            _("Neighborhood"),
            computed={"location_check": "t.location_check"},
        ),
        opened("site_address", _("Site address"), "site_address"),
        opened("geometry", _("Position or line"), "geometry", "longitude", "latitude"),
        opened("start_date", _("Start date"), "start_date"),
        opened(
            "original_completion_date", _("Original completion date"), "original_completion_date"
        ),
        opened("planned_completion_date", _("Current completion date"), "planned_completion_date"),
        opened(
            "days",
            _("Days elapsed, days in all, D-day"),
            shown_from=("start_date", "planned_completion_date"),
        ),
        opened("status", _("Status"), "state"),
        opened("actual_completion_date", _("Completed on"), "actual_completion_date"),
        opened("cost", _("Total cost"), "currency", "original_cost_amount", "total_cost_amount"),
        opened(
            "budgets",
            _("Budget by year and fund"),
            "budgets.year",
            "budgets.fund_source",
            "budgets.amount",
        ),
        opened("aerial_view", _("Aerial view or rendering"), "aerial_view_id"),
        opened("location_map", _("Location map"), "location_map_id"),
        opened("mode", _("Mode (long-term or short-term)"), "mode", "mode_reason"),
        withheld(
            "internal_assessment",
            _("Internal risk rating and watch list"),
            "internal_risk_rating",
            "on_watch_list",
            ground=Ground.G5,
        ),
    ),
    technical={
        "location_check": "published with the neighborhood",
        "is_training": "practice projects never leave: the condition of every source view",
        "is_invented": "mark of demonstration data, published beside every record",
        "sources": "origin of imported data, published beside every record",
        "import_key": "key of the importer",
        "registered_at": "the condition itself",
        "created_at": "time of the row",
        "updated_at": "time of the row",
    },
    lines=(
        Lines("areas", ProjectArea, "project", order_by="c.area_id"),
        Lines("budgets", ProjectBudget, "project", order_by="c.year, c.fund_source"),
    ),
    project="t.id",
    listing={
        "title": "t.name",
        "title_en": "t.name_en",
        "status": "t.state",
        "work_type": "t.work_type",
        "ordering_body": (
            "(SELECT o.public_id FROM ccs_organization o WHERE o.id = t.ordering_body_id)"
        ),
        "firms": (
            "(SELECT array_agg(DISTINCT o.public_id) FROM pmis_contract k"
            # An array, not OR: with OR every project reads every organization.
            " JOIN ccs_organization o ON o.id = ANY (k.contractor_id || ARRAY("
            "SELECT m.organization_id FROM pmis_contractparty m WHERE m.contract_id = k.id))"
            " WHERE k.project_id = t.id AND k.state <> 'draft'"
            # SECURITY: a contract taken back or narrowed must not be told by its project.
            " AND NOT EXISTS (SELECT 1 FROM pmis_withdrawal w WHERE w.record_type = 'contract'"
            " AND w.record_public_id = k.public_id AND w.lifted_at IS NULL)"
            " AND NOT EXISTS (SELECT 1 FROM allimi_narrowing y WHERE y.record_type = 'contract'"
            " AND y.item IN ('', 'contractor')"
            " AND (y.public_id = k.public_id OR y.public_id IS NULL)"
            " AND y.starts_at <= now() AND y.ends_at > now() AND y.ended_at IS NULL))"
        ),
        "amount": "t.total_cost_amount",
        "currency": "t.currency",
        "sort_date": "coalesce(t.start_date, t.registered_at::date)",
        "start_date": "t.start_date",
        "end_date": "t.planned_completion_date",
        "longitude": "t.longitude",
        "latitude": "t.latitude",
        "search": (
            "upper(concat_ws(' ', t.code, t.procurement_number, t.name, t.name_en, t.site_address))"
        ),
    },
    triggers=(
        Trigger(
            "pmis_contract",
            "SELECT p.public_id FROM {changed} c JOIN pmis_project p ON p.id = c.project_id",
            columns=("contractor_id", "state", "project_id"),
        ),
        Trigger(
            "pmis_contractparty",
            "SELECT p.public_id FROM {changed} c JOIN pmis_contract k ON k.id = c.contract_id"
            " JOIN pmis_project p ON p.id = k.project_id",
        ),
        Trigger(
            "ccs_area",
            "SELECT p.public_id FROM {changed} c JOIN pmis_projectarea a ON a.area_id = c.id"
            " JOIN pmis_project p ON p.id = a.project_id",
            columns=("code", "path"),
        ),
    ),
)

PARTICIPANT = RecordType(
    kind="participant",
    label=_("Participant"),
    label_plural=_("Participants"),
    model=Participant,
    condition=(
        "EXISTS (SELECT 1 FROM pmis_project p"
        " WHERE p.id = t.project_id AND p.registered_at IS NOT NULL)"
    ),
    public_from=_("when the officer registers the project"),
    items=(
        opened("role", _("Role in the project"), "role"),
        opened("name", _("Name"), "name"),
        opened("position", _("Position"), "position"),
        opened("department", _("Department"), "department"),
        opened("office_phone", _("Office phone"), "office_phone"),
        opened("organization", _("Body or firm"), "organization_id"),
        opened("joint_venture_share", _("Share in the joint venture"), "joint_venture_share"),
        opened("valid_from", _("From"), "valid_from"),
        opened("valid_to", _("Until"), "valid_to"),
        opened("replaces", _("Replaces"), "replaces_id"),
        opened("qualification_grade", _("Qualification grade"), "qualification_grade"),
        opened(
            "firm_phone",
            _("Phone of the firm"),
            shown_from=("organization_id",),
        ),
        withheld(
            "personal_contact", _("Personal mobile and e-mail"), "mobile", "email", ground=Ground.G6
        ),
        withheld("licence_number", _("Licence number"), "licence_number", ground=Ground.G6),
    ),
    technical={"user_id": "account of the person, inside only"},
    listing={
        "title": "t.name",
        "status": "t.role",
        "firms": (
            "(SELECT ARRAY[o.public_id] FROM ccs_organization o WHERE o.id = t.organization_id)"
        ),
        "sort_date": "t.valid_from",
        "start_date": "t.valid_from",
        "end_date": "t.valid_to",
    },
    triggers=(
        Trigger(
            "pmis_project",
            "SELECT p.public_id FROM {changed} c JOIN pmis_participant p ON p.project_id = c.id",
            columns=("registered_at",),
        ),
    ),
)

ORGANIZATION = RecordType(
    kind="organization",
    label=_("Organization"),
    label_plural=_("Organizations"),
    model=Organization,
    condition="TRUE",
    public_from=_("when the body or firm is entered"),
    items=(
        opened("organization_kind", _("Kind of organization"), "kind"),
        opened("name", _("Name"), "name", "name_en"),
        opened("parent", _("Part of"), "parent_id"),
        opened("registration", _("Business number"), "registration_scheme", "registration_number"),
        opened("office_phone", _("Office phone"), "office_phone"),
        opened("address", _("Address"), "address"),
    ),
    technical={
        "area_id": "place of the office, for choice lists",
        "is_active": "whether it may still be chosen",
        "import_key": "key of the importer",
        "created_at": "time of the row",
    },
    project="",
    listing={
        "title": "t.name",
        "title_en": "t.name_en",
        "status": "t.kind",
        "sort_date": "t.created_at::date",
        "search": "upper(concat_ws(' ', t.name, t.name_en, t.registration_number))",
    },
)
