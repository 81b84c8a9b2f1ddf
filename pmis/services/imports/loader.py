"""Writing imported projects: set-based, in batches, and only what is new or has changed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from ccs.models import Area, Organization
from pmis.models import (
    Contract,
    ContractParty,
    Participant,
    Project,
    ProjectArea,
    ProjectBudget,
)
from pmis.roles import Role
from pmis.services.imports.firms import FirmRegister, name_key
from pmis.services.imports.records import ProjectRecord

BATCH = 1000
IMPORT_PREFIX = "dpwh:"
FIRM_PREFIX = "dpwh:firm:"
OFFICE_PREFIX = "dpwh:office:"
DEPARTMENT_KEY = "dpwh:office:DPWH"
DEPARTMENT_NAME = "Department of Public Works and Highways"
#: Register of the Philippine Contractors Accreditation Board.
LICENCE_SCHEME = "PH-PCAB"
TERMINATION_NOT_STATED = "The source states no reason."
REGIONAL_OFFICE = re.compile(r"^(?:Region [IVX]+(?:-[AB])?|.* Region)$")

PROJECT_FIELDS = (
    "procurement_number", "name", "name_en", "work_type", "description", "state",
    "ordering_body_id", "site_address", "geometry", "longitude", "latitude", "location_check",
    "start_date", "planned_completion_date", "actual_completion_date", "currency",
    "original_cost_amount", "total_cost_amount", "sources",
)  # fmt: skip
CONTRACT_FIELDS = (
    "number", "title", "state", "signed_date", "bidders_count", "contractor_id", "currency",
    "original_amount", "amount", "award_ratio", "start_date", "completion_date", "document_url",
    "terminated_date", "termination_reason",
)  # fmt: skip


@dataclass
class Placed:
    """A record with its areas found."""

    record: ProjectRecord
    areas: list[Area]
    point: dict[str, Any] | None
    location_check: str
    not_placed: list[str]
    #: What the project keeps of its sources, its own first.
    sources: list[dict[str, Any]]
    #: The project in the database that another data set made of the same work.
    completes: int | None = None


@dataclass
class Counts:
    """Projects of one batch."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class Known:
    """What earlier imports left in the database."""

    #: Import key → id and sources of the project.
    projects: dict[str, tuple[int, list[dict[str, Any]]]] = field(default_factory=dict)
    #: (contract number, project number) → id and sources.
    numbers: dict[tuple[str, str], tuple[int, list[dict[str, Any]]]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Known:
        """Read the projects of earlier imports."""
        known = cls()
        rows = Project.objects.filter(import_key__startswith=IMPORT_PREFIX).values_list(
            "import_key", "id", "sources", "procurement_number"
        )
        for key, pk, sources, contract_number in rows:
            known.projects[key] = (pk, sources)
            for entry in sources:
                for component in entry.get("components", []):
                    known.numbers[contract_number, component] = (pk, sources)
        return known

    def other_source(self, record: ProjectRecord, numbers: list[tuple[str, str]]) -> int | None:
        """Return the project that only another data set has stated so far, or both."""
        if record.key in self.projects:
            return None
        for number in numbers:
            if number in self.numbers:
                pk, sources = self.numbers[number]
                if sources[0]["source"] != record.source.name:
                    return pk
        return None


class Loader:
    """Writes batches of placed records; holds the organizations they name."""

    def __init__(self, known: Known, firms: FirmRegister) -> None:
        self.known = known
        self.firms = firms
        self.organizations: dict[str, int] = {}
        self.now = timezone.now()

    # -- Organizations ---------------------------------------------------------------------

    @transaction.atomic
    def save_organizations(self, items: list[Placed]) -> None:
        """Create the department, its offices and the firms that do not exist yet."""
        found = Organization.objects.filter(import_key__startswith=IMPORT_PREFIX)
        self.organizations = dict(found.values_list("import_key", "id"))
        self._create(
            [
                Organization(
                    kind=Organization.Kind.ORDERING_BODY,
                    name=DEPARTMENT_NAME,
                    name_en=DEPARTMENT_NAME,
                    import_key=DEPARTMENT_KEY,
                )
            ]
        )
        offices = {office_key(item.record.office): item.record.office for item in items}
        self._create(
            Organization(
                kind=Organization.Kind.ORDERING_BODY,
                name=office_name(office),
                name_en=office_name(office),
                parent_id=self.organizations[DEPARTMENT_KEY],
                import_key=key,
            )
            for key, office in offices.items()
        )
        self._save_firms(items)

    def _save_firms(self, items: list[Placed]) -> None:
        """Create firms; one that holds the same licence under another name is the same firm."""
        by_licence = dict(
            Organization.objects.filter(registration_scheme=LICENCE_SCHEME).values_list(
                "registration_number", "id"
            )
        )
        new: dict[str, Organization] = {}
        for firm in {firm for item in items for firm in item.record.firms}:
            key, full = self.firms.identify(firm)
            if FIRM_PREFIX + key in self.organizations or key in new:
                continue
            if full.licence and full.licence in by_licence:
                self.organizations[FIRM_PREFIX + key] = by_licence[full.licence]
                continue
            new[key] = Organization(
                kind=Organization.Kind.CONTRACTOR,
                name=full.name,
                name_en=full.name,
                registration_scheme=LICENCE_SCHEME if full.licence else "",
                registration_number=full.licence,
                import_key=(FIRM_PREFIX + key)[:200],
            )
        self._create(new[key] for key in sorted(new))

    def _create(self, organizations: Iterable[Organization]) -> None:
        missing = [row for row in organizations if row.import_key not in self.organizations]
        created = Organization.objects.bulk_create(missing, batch_size=BATCH)
        self.organizations.update((row.import_key, row.pk) for row in created)

    def _firm_ids(self, record: ProjectRecord) -> list[int]:
        keys = [FIRM_PREFIX + self.firms.identify(firm)[0] for firm in record.firms]
        return list(dict.fromkeys(self.organizations[key] for key in keys))

    # -- Projects --------------------------------------------------------------------------

    @transaction.atomic
    def save(self, items: list[Placed]) -> Counts:
        """Write one batch: projects with areas, budgets, contracts, members; return the counts."""
        counts = Counts()
        new: list[Placed] = []
        changed: dict[int, Placed] = {}
        completed: dict[int, Placed] = {}
        for item in items:
            pk, sources = self.known.projects.get(item.record.key, (item.completes, []))
            if item.completes is not None:
                sources = self._sources_of(item)
            if pk is None:
                new.append(item)
            elif all(entry in sources for entry in item.sources):
                counts.unchanged += 1
            elif item.completes is not None:
                completed[pk] = item
            else:
                item.sources += [entry for entry in sources if _is_foreign(entry, item)]
                changed[pk] = item
        counts.created, counts.updated = len(new), len(changed) + len(completed)
        self._create_projects(new)
        self._update_projects(changed)
        self._complete_projects(completed)
        return counts

    def _sources_of(self, item: Placed) -> list[dict[str, Any]]:
        return next(sources for pk, sources in self.known.projects.values() if pk == item.completes)

    def _project(self, item: Placed) -> Project:
        record = item.record
        is_planned = record.signed_date is None
        return Project(
            code=record.code,
            import_key=record.key,
            procurement_number=record.contract_number,
            name=record.name,
            name_en=record.name,
            work_type=record.work_type,
            description=record.description,
            state=Project.State.PLANNED if is_planned else record.state,
            ordering_body_id=self.organizations[office_key(record.office)],
            site_address=record.site_address,
            geometry=item.point,
            longitude=record.longitude if item.point else None,
            latitude=record.latitude if item.point else None,
            location_check=item.location_check,
            start_date=record.start_date,
            planned_completion_date=record.planned_completion_date,
            actual_completion_date=record.actual_completion_date,
            currency=record.currency,
            original_cost_amount=record.original_amount,
            total_cost_amount=record.amount,
            sources=item.sources,
            registered_at=self.now,
            created_at=self.now,
        )

    def _contract(self, item: Placed, project_id: int) -> Contract:
        record = item.record
        state = contract_state(record)
        is_terminated = state == Contract.State.TERMINATED
        return Contract(
            project_id=project_id,
            kind=Contract.Kind.CONSTRUCTION,
            number=record.contract_number,
            title=record.name,
            state=state,
            signed_date=record.signed_date,
            bidders_count=record.bidders_count,
            contractor_id=self._firm_ids(record)[0],
            currency=record.currency,
            original_amount=record.original_amount,
            amount=record.amount,
            award_ratio=record.award_ratio,
            start_date=record.start_date,
            completion_date=record.planned_completion_date,
            document_url=record.document_url,
            terminated_date=record.terminated_date if is_terminated else None,
            termination_reason=TERMINATION_NOT_STATED if is_terminated else "",
        )

    def _create_projects(self, items: list[Placed]) -> None:
        projects = Project.objects.bulk_create(map(self._project, items), batch_size=BATCH)
        pairs = [(project.pk, item) for project, item in zip(projects, items, strict=True)]
        self._create_rows(pairs)
        contracts = Contract.objects.bulk_create(
            (self._contract(item, pk) for pk, item in pairs), batch_size=BATCH
        )
        self._create_members(zip(contracts, items, strict=True))
        for pk, item in pairs:
            self.known.projects[item.record.key] = (pk, item.sources)

    def _create_rows(self, pairs: list[tuple[int, Placed]]) -> None:
        """Create areas and budgets."""
        ProjectArea.objects.bulk_create(
            (ProjectArea(project_id=pk, area=area) for pk, item in pairs for area in item.areas),
            batch_size=BATCH,
        )
        ProjectBudget.objects.bulk_create(
            (
                ProjectBudget(
                    project_id=pk,
                    year=item.record.budget_year,
                    fund_source=item.record.budget_source,
                    amount=item.record.budget_amount,
                )
                for pk, item in pairs
                if item.record.budget_year and item.record.budget_amount is not None
            ),
            batch_size=BATCH,
        )

    def _create_members(self, pairs: Iterable[tuple[Contract, Placed]]) -> None:
        """Create the parties of joint ventures, on the contract and in the directory."""
        parties: list[ContractParty] = []
        members: list[Participant] = []
        for contract, item in pairs:
            firms = self._firm_ids(item.record)
            if len(firms) < 2:
                continue
            for at, firm in enumerate(firms):
                parties.append(
                    ContractParty(contract=contract, organization_id=firm, is_lead=at == 0)
                )
                if first_day := item.record.start_date or item.record.signed_date:
                    members.append(_member(contract.project_id, firm, first_day))
        ContractParty.objects.bulk_create(parties, batch_size=BATCH)
        Participant.objects.bulk_create(members, batch_size=BATCH)

    def _update_projects(self, items: dict[int, Placed]) -> None:
        """Write projects whose row in the source changed; first dates and amounts stay."""
        self._overwrite(items, PROJECT_FIELDS, CONTRACT_FIELDS, _if_stated)
        ProjectArea.objects.filter(project_id__in=items).delete()
        ProjectBudget.objects.filter(project_id__in=items).delete()
        self._create_rows(list(items.items()))
        contracts = list(
            Contract.objects.filter(project_id__in=items, kind=Contract.Kind.CONSTRUCTION).order_by(
                "id"
            )
        )
        ContractParty.objects.filter(contract__in=contracts).delete()
        Participant.objects.filter(project_id__in=items, role=Role.JOINT_MEMBER, user=None).delete()
        firsts = {contract.project_id: contract for contract in reversed(contracts)}
        self._create_members((firsts[pk], item) for pk, item in items.items() if pk in firsts)

    def _complete_projects(self, items: dict[int, Placed]) -> None:
        """Add to projects what only the other data set states, and the source itself."""
        self._overwrite(items, PROJECT_FIELDS, CONTRACT_FIELDS, _only_if_empty)

    def _overwrite(
        self,
        items: dict[int, Placed],
        project_fields: Iterable[str],
        contract_fields: Iterable[str],
        choose: Callable[[Any, Any], Any],
    ) -> None:
        """Give the rows of these projects the values of the source, as `choose` decides."""
        projects = list(Project.objects.select_for_update().filter(pk__in=items))
        for project in projects:
            item = items[project.pk]
            before = project.sources
            _assign(project, self._project(item), project_fields, ("original_cost_amount",), choose)
            if item.completes is not None:
                project.sources = before + item.sources
        contracts = list(
            Contract.objects.select_for_update().filter(
                project_id__in=items, kind=Contract.Kind.CONSTRUCTION
            )
        )
        for contract in contracts:
            wanted = self._contract(items[contract.project_id], contract.project_id)
            _assign(contract, wanted, contract_fields, ("original_amount",), choose)
        _write(Project, projects, project_fields)
        _write(Contract, contracts, contract_fields)


def _is_foreign(entry: dict[str, Any], item: Placed) -> bool:
    """Return whether a kept source is another data set's, which this item does not state."""
    return entry["source"] not in {own["source"] for own in item.sources}


def _if_stated(old: Any, new: Any) -> Any:
    return old if new in (None, "", []) else new


def _only_if_empty(old: Any, new: Any) -> Any:
    return new if old in (None, "", []) else old


def _assign(
    row: models.Model,
    wanted: models.Model,
    fields: Iterable[str],
    kept: tuple[str, ...],
    choose: Callable[[Any, Any], Any],
) -> None:
    """Set the fields; what was promised first (`kept`) is only ever filled in."""
    for name in fields:
        old, new = getattr(row, name), getattr(wanted, name)
        setattr(row, name, _only_if_empty(old, new) if name in kept else choose(old, new))


def _write(model: type[models.Model], rows: list[Any], fields: Iterable[str]) -> None:
    names = [name.removesuffix("_id") for name in fields]
    if model is Project:
        for row in rows:
            row.updated_at = timezone.now()
        names.append("updated_at")
    model._default_manager.bulk_update(rows, names, batch_size=200)


def _member(project_id: int, firm_id: int, first_day: datetime.date) -> Participant:
    return Participant(
        project_id=project_id,
        role=Role.JOINT_MEMBER,
        organization_id=firm_id,
        valid_from=first_day,
    )


def contract_state(record: ProjectRecord) -> str:
    """Return the state of the contract that goes with the project's."""
    if record.signed_date is None:
        return Contract.State.DRAFT
    return {
        Project.State.COMPLETED: Contract.State.COMPLETED,
        Project.State.TERMINATED: Contract.State.TERMINATED,
    }.get(Project.State(record.state), Contract.State.SIGNED)


def office_name(office: str) -> str:
    """Return the full name of an office: "Tarlac DEO", "Region II", "Bureau of Construction"."""
    full = re.sub(r"\bDEO$", "District Engineering Office", office.strip())
    return f"Regional Office, {full}" if REGIONAL_OFFICE.match(full) else full or DEPARTMENT_NAME


def office_key(office: str) -> str:
    """Return the import key of an office; rows without one belong to the department."""
    return OFFICE_PREFIX + name_key(office_name(office)) if office.strip() else DEPARTMENT_KEY
