"""What the generic pages need to know of a record type, and where it is registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import django_filters
from django.db import IntegrityError, models, transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import User
from pmis.filters import record_filter
from pmis.forms.offers import offer_of
from pmis.forms.records import LineSpec, Offer, PlainForm, Values, values_of
from pmis.models import Project, Record
from pmis.services.records import require_writer, save_record


class Group(models.TextChoices):
    """Parts of the menu of a project's registers, in its order (domain 2.3)."""

    PROGRESS = "progress", _("Progress and reports")
    QUALITY = "quality", _("Inspection, material, quality")
    SAFETY = "safety", _("Safety")
    LETTERS = "letters", _("Directives, letters, meetings")
    DOCUMENTS = "documents", _("Drawings and documents")
    CHANGES = "changes", _("Changes, claims, subcontracts")
    EVALUATION = "evaluation", _("Evaluation")


@dataclass(frozen=True)
class Column:
    """A column of the register: heading, value, and how it is shown."""

    label: Any
    value: Callable[[Any], Any]
    #: text, day, number, rate or amount (in minor units of the project's currency).
    kind: str = "text"
    #: Left out in the register of one project.
    names_project: bool = False

    @property
    def is_figure(self) -> bool:
        """Whether the column is set as figures are, ranged at the end of the line."""
        return self.kind in ("number", "rate", "amount")


@dataclass(frozen=True)
class Section:
    """Fields of the form and of the record's page that stand together under a heading."""

    heading: Any
    fields: tuple[str, ...]
    #: Related names of the lines that follow them.
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prefill:
    """What a new record starts with, and where it comes from."""

    values: Values
    sentence: str


@dataclass(frozen=True)
class Warning:
    """Something that looks wrong before a record is submitted; it can be submitted all the same."""

    field_id: str
    sentence: str


SaveRecord = Callable[..., Record]
PROJECT_COLUMN = Column(_("Project"), lambda record: record.project.name, names_project=True)
NUMBER_COLUMN = Column(_("Number"), lambda record: record.number, "number")


@dataclass(frozen=True)
class RecordType:
    """One record type as the generic pages see it.

    A type of which a project has many needs model, slug, group, form and columns. Its key in
    addresses is its public id, which is made before the record: a form sent twice, or from a
    device that was offline, makes one record. A type that has one record per day or project says
    so with `find`, `open`, `key_of`, `default_key` and `check_key`.
    """

    model: type[Record]
    #: In addresses: `daily-reports`.
    slug: str
    group: Group
    form: type[PlainForm]
    columns: tuple[Column, ...]
    lines: tuple[LineSpec, ...] = ()
    #: Lines that steps add and the author does not write, such as receipts.
    step_lines: tuple[LineSpec, ...] = ()
    #: Sections of form and page; without them all fields stand in one, the lines after it.
    sections: tuple[Section, ...] = ()
    filters: type[django_filters.FilterSet] | None = None
    #: Field by which the register is sorted, newest first; the id decides between equals.
    sorted_by: str = "public_id"
    #: Fragments: content of the record, body of its form, rows of the check page.
    content_template: str = "pmis/records/_content.html"
    form_template: str = "pmis/records/_form.html"
    #: Rows of the check page with links to the form; without it the content is shown.
    check_template: str = ""
    find: Callable[[Project, str], Record | None] | None = None
    open: Callable[[Project, str, User], Record] | None = None
    #: Heading of a record or of a form that has none yet; else the record's own text.
    heading: Callable[[Project, str], str] | None = None
    key_of: Callable[[Any], str] = lambda record: str(record.public_id)
    default_key: Callable[[Project], str] = lambda _project: str(new_public_id())
    check_key: Callable[[str], str] | None = None
    offer: Callable[[Project], Offer] | None = None
    save: SaveRecord = save_record
    #: Content of the record before, for marks; and what a new record starts with.
    before: Callable[[Project, str], Values | None] = lambda _project, _key: None
    prefill: Callable[[Project, str], Prefill | None] = lambda _project, _key: None
    #: What a new record starts with by the question of its address, such as the item of a
    #: checklist that failed; None: as `prefill` says.
    start: Callable[[Project, Mapping[str, str]], Prefill | None] = lambda _project, _question: None
    compared: tuple[str, ...] = ()
    #: Buttons of the form beyond those of lines, by name: each changes what was typed and returns
    #: the place to come back to. And of the form of a step: each changes what was typed there.
    buttons: Mapping[str, Callable[[Project, Any], str]] = field(default_factory=dict)
    step_buttons: Mapping[str, Callable[[Any, Any], None]] = field(default_factory=dict)
    #: Fragments of the lines that a step fills in, by related name; else the generic one.
    step_templates: Mapping[str, str] = field(default_factory=dict)
    #: The step that the form takes at once, without a page to check: for what is written in the
    #: rain and has no approval line. `send_label` stands on the button.
    send_step: Callable[[Any], str] | None = None
    send_label: Any = ""
    warnings: Callable[[Any], list[Warning]] = lambda _record: []
    check: Callable[[Any], None] = lambda _record: None
    select: tuple[str, ...] = ("project",)
    #: Relations that the content fragment reads; the lines without them.
    prefetch: tuple[str, ...] | None = None
    #: Whether several may be decided in one step from the inbox; money and plans never.
    may_batch: bool = False
    #: Whether the form can be filled in without a network.
    works_offline: bool = False
    #: Who may see a record beside being in its project; None: everybody in the project.
    visible: Callable[[models.QuerySet, User], models.QuerySet] | None = None
    #: Fields and lines that neither the generic page nor its print, PDF and API show:
    #: `page_context` and an own fragment give them to those who may read them.
    internal: frozenset[str] = frozenset()
    #: Who may open the files of internal lines, beside who sent them.
    reads_internal: Callable[[User, Project], bool] = lambda _user, _project: False
    #: More for the content fragment and the sheet: (label, text) of facts that are no fields.
    more_facts: Callable[[Any], list[tuple[Any, str]]] = lambda _record: []
    #: Told when somebody opens the newest version's page; returns whether it changed the record.
    opened_by: Callable[[Any, User], bool] = lambda _record, _user: False
    #: Further pages of a project linked from its register: label and address.
    links: Callable[[Project], list[tuple[Any, str]]] = lambda _project: []
    #: Extra context of the record's page.
    page_context: Callable[[Any, User], Mapping[str, Any]] = field(default=lambda _r, _u: {})

    # -- Names ---------------------------------------------------------------------------------

    @property
    def record_type(self) -> str:
        """The type as stored in approvals and events."""
        return self.model.record_type

    @property
    def name(self) -> str:
        """Name in the names of addresses: `daily-report-list`."""
        return self.record_type.replace("_", "-")

    @property
    def label(self) -> str:
        """What one record is called."""
        return capital(self.model._meta.verbose_name)

    @property
    def label_plural(self) -> str:
        """What the register is called."""
        return capital(self.model._meta.verbose_name_plural)

    # -- Form ----------------------------------------------------------------------------------

    @cached_property
    def form_sections(self) -> tuple[Section, ...]:
        """Sections of the form; one without a heading where none are declared."""
        if self.sections:
            return self.sections
        lines = tuple(spec.name for spec in self.lines)
        return (Section("", tuple(self.form.base_fields), lines),)

    @property
    def photo_lines(self) -> str:
        """Related name of the lines that are photos, empty where the type has none."""
        return next((spec.name for spec in self.lines if spec.is_photos), "")

    @property
    def file_lines(self) -> str:
        """Related name of the lines that are files, empty where the type has none."""
        return next((spec.name for spec in self.lines if spec.is_files), "")

    def values(self, record: Record) -> Values:
        """Return the content of a record for its form."""
        return values_of(record, self.form, self.lines)

    def offer_in(self, project: Project) -> Offer:
        """Return what the choices of the form offer in a project."""
        if self.offer is not None:
            return self.offer(project)
        return offer_of(project, self.form, *(spec.form for spec in self.lines))

    # -- One record ----------------------------------------------------------------------------

    def checked_key(self, key: str) -> str:
        """Return the key as it stands in an address; raise Http404 where it can be none."""
        return self.check_key(key) if self.check_key else str(_identity(key))

    def found(self, project: Project, key: str, by: User) -> Record | None:
        """Return the newest version of the record with this key, None where there is none yet.

        Raises Http404 where there is one that the person may not see.
        """
        if self.find is not None:
            record = self.find(project, key)
        else:
            records = self.model._default_manager.filter(project=project, public_id=_identity(key))
            record = records.order_by("-version_no").first()
        is_closed = record is not None and self.visible is not None
        if is_closed and not self.visible_to(by).filter(pk=record.pk).exists():
            raise Http404
        return record

    def opened(self, project: Project, key: str, by: User) -> Record:
        """Return the record with this key; make it where it does not exist yet.

        Raises RoleNotAllowed where the person does not write records of this type here, Http404
        where the key belongs to a record elsewhere.
        """
        if record := self.found(project, key, by):
            return record
        if self.open is not None:
            return self.open(project, key, by)
        require_writer(by, project, self.record_type)
        try:
            with transaction.atomic():
                return self.model._default_manager.create(
                    project=project, public_id=_identity(key), author=by
                )
        except IntegrityError as error:
            if record := self.found(project, key, by):
                return record
            raise Http404 from error

    def heading_of(self, record: Record) -> str:
        """Return the heading of a record's page."""
        if self.heading is not None:
            return self.heading(record.project, self.key_of(record))
        return str(record)

    def new_heading(self, project: Project, key: str) -> str:
        """Return the heading of a form whose record does not exist yet."""
        return self.heading(project, key) if self.heading is not None else ""

    # -- Sets ----------------------------------------------------------------------------------

    @property
    def filter_class(self) -> type[django_filters.FilterSet]:
        """Filters of the register."""
        return self.filters or record_filter(self.model)

    @property
    def prefetched(self) -> tuple[str, ...]:
        """Relations read by the record's page."""
        if self.prefetch is not None:
            return self.prefetch
        return tuple(
            f"{spec.name}__photo"
            if spec.is_photos
            else f"{spec.name}__file"
            if spec.is_files
            else spec.name
            for spec in (*self.lines, *self.step_lines)
        )

    def queryset(self) -> models.QuerySet:
        """Return the records with what the register shows of them."""
        return self.model._default_manager.select_related(*self.select)

    def visible_to(self, user: User) -> models.QuerySet:
        """Return the records that a person may see."""
        records = self.queryset().visible_to(user)
        return self.visible(records, user) if self.visible else records


def capital(text: Any) -> str:
    """Return a text with a capital first letter."""
    words = str(text)
    return words[:1].upper() + words[1:]


def _identity(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError as error:
        raise Http404 from error


REGISTRY: dict[str, RecordType] = {}


def register(record_type: RecordType) -> None:
    """Make a record type known to the generic pages."""
    REGISTRY[record_type.record_type] = record_type
