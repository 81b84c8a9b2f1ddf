"""Writing and reading the log of who saw personal data."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from ccs.lib.personal_data import PersonalColumn, Shown, register_personal_columns
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.models import DisposalEntry, Participant, PersonalDataAccess
from pmis.roles import Role

#: Who reads the log of a project; auditors and administrators read that of all.
READERS = (Role.AUDITOR, Role.OFFICER, Role.DEPARTMENT_HEAD)
#: Public ids kept with an entry; the number of rows counts them all.
MOST_IDS = 1_000
#: Access logs deleted in one statement.
BATCH = 5_000

#: The roles a person holds in the project of an entry (alias `s`), own and delegated.
_ROLES = """
    (SELECT string_agg(DISTINCT p.role, ', ' ORDER BY p.role) FROM pmis_participant p
      WHERE p.project_id = s.project_id AND p.valid_from <= %(day)s
        AND (p.valid_to IS NULL OR p.valid_to >= %(day)s)
        AND (p.user_id = %(user)s OR EXISTS (
            SELECT 1 FROM pmis_delegation d WHERE d.participant_id = p.id
               AND d.delegate_id = %(user)s AND %(day)s BETWEEN d.valid_from AND d.valid_to)))
"""
_INSERT = f"""
INSERT INTO pmis_personaldataaccess
    (public_id, at, user_id, roles, address, method, path, shown_type, item, project_id,
     records, row_count)
SELECT gen_random_uuid(), %(at)s, %(user)s, concat_ws(', ', nullif(%(office)s, ''), {_ROLES}),
       %(address)s, %(method)s, %(path)s, s.shown_type, s.item, s.project_id,
       coalesce(to_jsonb((array_agg(DISTINCT s.public_id)
                          FILTER (WHERE s.public_id IS NOT NULL))[1:{MOST_IDS}]), '[]'),
       count(DISTINCT s.id)
FROM ({{rows}}) s GROUP BY s.shown_type, s.item, s.project_id
"""


def record_access(*, shown: Shown, user: User, address: str, method: str, path: str) -> None:
    """Write what one request showed of personal data, in one statement.

    An entry for each project and class of data, however many rows were read.
    """
    parameters: dict[str, Any] = {
        "at": timezone.now(),
        "day": timezone.localdate(),
        "user": user.pk,
        "office": user.office_role,
        "address": address or None,
        "method": method[:10],
        "path": path[:300],
    }
    rows = []
    for number, (column, keys) in enumerate(_tables(shown).items()):
        rows.append(_rows_of(column, number))
        parameters |= {f"type{number}": column.record_type, f"item{number}": column.item}
        parameters[f"keys{number}"] = sorted(keys)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT.format(rows=" UNION ALL ".join(rows)), parameters)


def _tables(shown: Shown) -> Shown:
    """Return what was read by item and table: columns of one item are one class of data."""
    found: dict[tuple[str, str, str], PersonalColumn] = {}
    merged: Shown = {}
    for column, keys in shown.items():
        first = found.setdefault((column.record_type, column.item, column.table), column)
        merged[first] = merged.get(first, set()) | keys
    return merged


def _rows_of(column: PersonalColumn, number: int) -> str:
    """Return SQL of the rows of one table with their projects and records."""
    # SECURITY: names of tables and columns come from the models and the catalogue.
    return (
        f"SELECT %(type{number})s AS shown_type, %(item{number})s AS item, r.id AS id, "
        f"{column.project} AS project_id, {column.public_id} AS public_id "
        f"FROM {column.source} WHERE r.id = ANY(%(keys{number})s)"
    )


def sees_all(user: User) -> bool:
    """Return whether a person reads the log of all projects, by office."""
    offices = (User.OfficeRole.AUDITOR, User.OfficeRole.ADMINISTRATOR)
    return user.is_superuser or user.office_role in offices


def reads_log(user: User, people: Iterable[Participant], day: datetime.date) -> bool:
    """Return whether a person reads the log of the project with these participants."""
    return sees_all(user) or any(
        row.user_id == user.pk
        and row.role in READERS
        and row.valid_from <= day
        and (row.valid_to is None or row.valid_to >= day)
        for row in people
    )


def visible_accesses(user: User) -> models.QuerySet[PersonalDataAccess]:
    """Return the entries that a person may read: of their projects, or all by office.

    Raises `RoleNotAllowed` where the person reads the log of no project.
    """
    rows = PersonalDataAccess.objects.select_related("user", "project")
    if sees_all(user):
        return rows
    acting = Participant.objects.acting_for(user, timezone.localdate())
    held = acting.filter(role__in=READERS)
    if not held.exists():
        raise RoleNotAllowed(action="access_log", roles=[role.label for role in READERS])
    return rows.filter(project__in=held.values("project"))


def delete_expired_accesses(*, limit: int = BATCH, dry_run: bool = False) -> int:
    """Delete the oldest access logs past the years of their rule, at most `limit`; return how many.

    The database works out which they are (`pmis_delete_access_log`): no caller can name others.
    What was deleted is entered in the disposal register.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pmis_delete_access_log(%s, %s)", [limit, dry_run])
        count: int = cursor.fetchone()[0]
        if count and not dry_run:
            DisposalEntry.objects.create(
                kind=DisposalEntry.Kind.DELETED,
                subject_type=PersonalDataAccess.record_type,
                row_count=count,
            )
    return count


register_personal_columns(
    [
        PersonalColumn(
            record_type=PersonalDataAccess.record_type,
            item="access_log",
            label=PersonalDataAccess._meta.verbose_name_plural,
            model=PersonalDataAccess,
            column="address",
            public_id="NULL::uuid",
        )
    ]
)
