"""What the choices of a form offer in a project: its work items, firms, contracts, records."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import models

from ccs.models import Organization
from pmis.forms.fields import RowChoiceField
from pmis.forms.records import Offer, PlainForm, Rows
from pmis.models import (
    Contract,
    DocumentClass,
    InspectionTemplate,
    Participant,
    Photo,
    Project,
    Record,
    Schedule,
    StoredFile,
    Subcontract,
    WorkItem,
)

#: Newest first; older photos are named from the album.
MOST_PHOTOS = 300
#: Files are named by what was uploaded into the form, not looked through.
MOST_FILES = 2000
#: More records than anybody looks through in a list of choices.
MOST_RECORDS = 500


def site_firms(project: Project) -> models.QuerySet[Organization]:
    """Return the firms that work on a site: contractors, subcontractors, joint members."""
    working = models.Q(contracts__project=project, contracts__kind="construction")
    working |= models.Q(subcontracts__contract__project=project)
    working |= models.Q(joint_contracts__contract__project=project)
    working |= models.Q(
        participations__project=project,
        participations__role__in=("site_agent", "subcontractor", "joint_member"),
    )
    return Organization.objects.filter(working).distinct().order_by("name")


def _work_items(project: Project) -> Rows:
    schedule = Schedule.objects.approved().filter(project=project).first()
    items = WorkItem.objects.filter(schedule=schedule) if schedule else WorkItem.objects.none()
    return {item.code: item for item in items}


def _photos(project: Project) -> Rows:
    photos = Photo.objects.filter(project=project).exclude(state=Photo.State.REFUSED)
    return _by_identity(photos.order_by("-id")[:MOST_PHOTOS])


def _files(project: Project) -> Rows:
    """Return the files of a project without their text."""
    files = StoredFile.objects.filter(project=project).defer("text")
    return _by_identity(files.order_by("-id")[:MOST_FILES])


def _by_identity(rows: Iterable[models.Model]) -> Rows:
    return {str(row.public_id): row for row in rows}


#: By model; records of any type are offered by their newest versions.
OFFERS: dict[type[models.Model], Callable[[Project], Rows]] = {
    WorkItem: _work_items,
    Organization: lambda project: _by_identity(site_firms(project)),
    Photo: _photos,
    InspectionTemplate: lambda _project: _by_identity(
        InspectionTemplate.objects.filter(is_active=True)
    ),
    StoredFile: _files,
    DocumentClass: lambda _project: {
        row.code: row for row in DocumentClass.objects.filter(is_active=True)
    },
    Contract: lambda project: _by_identity(project.contracts.all()),
    Subcontract: lambda project: _by_identity(
        Subcontract.objects.filter(contract__project=project).select_related("organization")
    ),
    Participant: lambda project: _by_identity(
        project.participants.filter(valid_to=None).select_related("organization")
    ),
}


def offer_of(project: Project, *forms: type[PlainForm]) -> Offer:
    """Return what the choices of these forms offer in a project, one query for each model."""
    wanted = {
        field.model
        for form in forms
        for field in form.base_fields.values()
        if isinstance(field, RowChoiceField)
    }
    return Offer({model: rows_of(model, project) for model in wanted}, currency=project.currency)


def rows_of(model: type[models.Model], project: Project) -> Rows:
    """Return the rows of a model that a project offers, by public key."""
    if issubclass(model, Record):
        records = model._default_manager.latest_versions().filter(project=project)
        return _by_identity(records.order_by("-id")[:MOST_RECORDS])
    return OFFERS[model](project)
