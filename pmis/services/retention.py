"""Which records are past their time, what holds them, and what a list of them may say.

A retention period is counted from the 1st of January after the project ended (Public Records Act,
enforcement decree, article 26). Nothing goes without an approved list (`Disposal`).
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ccs.lib.extensions import DueItem, register_due_items
from ccs.lib.identity import new_public_id
from ccs.models import RuleValue, User
from pmis.models import (
    IN_WORK,
    Accident,
    ApprovalEvent,
    ComplaintEntry,
    DesignChange,
    Disposal,
    DisposalEntry,
    DisposalItem,
    Participant,
    Penalty,
    ProgressClaim,
    Project,
    Record,
    RecordState,
    Retention,
    RetentionRule,
    TimeExtension,
)
from pmis.roles import ORDERING_BODY_ROLES, Role
from pmis.services.approvals import EFFECTS, Effects

Decision = DisposalItem.Decision
State = RecordState
#: Years after which records of a class are deleted; those of the other classes never are.
YEARS: dict[str, int] = {
    Retention.YEARS_30: 30,
    Retention.YEARS_10: 10,
    Retention.YEARS_5: 5,
    Retention.YEARS_3: 3,
    Retention.YEARS_1: 1,
}
#: Projects looked through for one page of My day; each asks once for every record type.
MOST_LOOKED_AT = 3
#: Classes whose files go to the archive meanwhile.
ARCHIVED = (Retention.PERMANENT, Retention.SEMI_PERMANENT, Retention.YEARS_30)
#: States in which everything of a project is settled.
ENDED = (Project.State.CLOSED, Project.State.TERMINATED)
#: What keeps everything of a project where it is: open complaints, appeals, claims, accidents.
HOLDS: tuple[tuple[type[Record], tuple[str, ...]], ...] = (
    (ComplaintEntry, (State.OPEN, State.ASSIGNED, State.REPLIED)),
    (Penalty, (State.SUBMITTED, State.HEARING, State.IMPOSED, State.APPEALED)),
    (ProgressClaim, (State.SUBMITTED, State.CONFIRMED, State.APPROVED, State.SENT_TO_PAYMENT)),
    (TimeExtension, (State.SUBMITTED, State.CONFIRMED, State.SUSPENDED)),
    (DesignChange, (State.SUBMITTED, State.CONFIRMED)),
    (Accident, (State.REPORTED, State.INVESTIGATING, State.MEASURES)),
)


@dataclass(frozen=True)
class Due:
    """The records of one type and class that are past their time in a project."""

    subject_type: str
    retention_class: str
    #: What may be done at most: delete, or only archive.
    decision: str
    since: datetime.date
    records: list[UUID]


def subjects() -> dict[str, type[Record]]:
    """Return the models of all records that are disposed of, by type; the lists themselves stay."""
    return {
        model.record_type: model
        for model in apps.get_app_config("pmis").get_models()
        if issubclass(model, Record) and model is not Disposal
    }


def kept_from(project: Project) -> datetime.date | None:
    """Return the day from which the periods of a project are counted, None while it goes on."""
    if project.state not in ENDED or project.is_training:
        return None
    ended = ApprovalEvent.objects.filter(
        project=project, record_type=Project.record_type, to_state__in=ENDED
    ).aggregate(models.Max("at"))["at__max"]
    day = timezone.localdate(ended) if ended else project.actual_completion_date
    return datetime.date(day.year + 1, 1, 1) if day else None


def holds_of(project: Project) -> list[str]:
    """Return in words what holds the records of a project; empty: nothing."""
    found = []
    for model, states in HOLDS:
        count = model._default_manager.filter(project=project, state__in=states).count()
        if count:
            found.append(f"{capfirst(model._meta.verbose_name_plural)}: {count}")
    return found


def due_records(project: Project, today: datetime.date | None = None) -> list[Due]:
    """Return what is past its time in a project, by type and class, in the order of the types."""
    today = today or timezone.localdate()
    first = kept_from(project)
    if first is None:
        return []
    classes = classes_on(today)
    done = set(
        DisposalEntry.objects.filter(project=project).values_list("record_public_id", "kind")
    )
    found = []
    for subject_type, model in subjects().items():
        default = classes.get(subject_type, "")
        for retention_class, keys in _ended_records(model, project, default).items():
            due = _due(first, retention_class, today)
            if due is None:
                continue
            decision, since = due
            kind = _KINDS[decision]
            gone = {(key, DisposalEntry.Kind.DELETED) for key in keys} & done
            left = [key for key in keys if (key, kind) not in done and not _has(gone, key)]
            if left:
                found.append(Due(subject_type, retention_class, decision, since, left))
    return found


_KINDS = {
    Decision.ARCHIVE: DisposalEntry.Kind.ARCHIVED,
    Decision.DELETE: DisposalEntry.Kind.DELETED,
}


def _has(gone: set[tuple[UUID, str]], key: UUID) -> bool:
    return (key, DisposalEntry.Kind.DELETED) in gone


def classes_on(day: datetime.date) -> dict[str, str]:
    """Return the retention class of each record type on a day; those without a rule stay."""
    rules = RetentionRule.objects.filter(valid_from__lte=day).order_by("valid_from")
    return dict(rules.values_list("subject_type", "retention_class"))


def _ended_records(model: type[Record], project: Project, default: str) -> dict[str, list[UUID]]:
    """Return the records nobody works on any more, by class: of the newest version, or the rule."""
    rows = model._default_manager.filter(project=project).order_by("version_no")
    has_class = any(field.name == "retention_class" for field in model._meta.fields)
    names = ("public_id", "state", *(("retention_class",) if has_class else ()))
    newest: dict[UUID, str] = {}
    working = set()
    for public_id, state, *own in rows.values_list(*names):
        newest[public_id] = own[0] if own else default
        working |= {public_id} if state in IN_WORK else set()
    found: dict[str, list[UUID]] = defaultdict(list)
    for public_id, retention_class in newest.items():
        if public_id not in working:
            found[retention_class].append(public_id)
    return found


def _due(
    first: datetime.date, retention_class: str, today: datetime.date
) -> tuple[str, datetime.date] | None:
    """Return what may be done with a class and since when, None while its time runs."""
    if years := YEARS.get(retention_class):
        since = first.replace(year=first.year + years)
        if since <= today:
            return Decision.DELETE, since
    if retention_class in ARCHIVED:
        years = int(RuleValue.objects.on(RuleValue.Key.ARCHIVE_AFTER_YEARS, today))
        since = first.replace(year=first.year + years)
        if since <= today:
            return Decision.ARCHIVE, since
    return None


def for_readers(records: models.QuerySet, user: User) -> models.QuerySet:
    """Return the lists that a person may see: the ordering body's, or all by office."""
    if user.sees_all_projects:
        return records
    acting = Participant.objects.acting_for(user, timezone.localdate())
    mine = acting.filter(project=models.OuterRef("project"), role__in=ORDERING_BODY_ROLES)
    return records.filter(models.Exists(mine))


# -- The list -----------------------------------------------------------------------------------


def proposed_lines(project: Project) -> list[dict[str, Any]]:
    """Return the lines with which a list begins: everything past its time, as its class says."""
    return [
        {
            "subject_type": due.subject_type,
            "retention_class": due.retention_class,
            "decision": due.decision,
        }
        for due in due_records(project)
    ]


def check_disposal(disposal: Disposal) -> None:
    """Raise ValidationError for what a list may not say: not past its time, held, no reason."""
    errors: dict[str, list[str]] = defaultdict(list)
    if disposal.as_of_date is None:
        errors["as_of_date"].append(_("The day is missing."))
    items = list(disposal.items.all())
    if not items:
        errors["items"].append(_("Nothing is on the list."))
    due = {(row.subject_type, row.retention_class): row for row in due_records(disposal.project)}
    for item in items:
        errors["items"] += _faults(item, due.get((item.subject_type, item.retention_class)))
    if any(item.decision != Decision.KEEP for item in items):
        errors["items"] += [
            _("Held by what is open: %(what)s.") % {"what": hold}
            for hold in holds_of(disposal.project)
        ]
    found = {name: sentences for name, sentences in errors.items() if sentences}
    if found:
        raise ValidationError(found)


def _faults(item: DisposalItem, due: Due | None) -> list[str]:
    what = f"{item.get_subject_type_display()} ({item.get_retention_class_display()})"
    if due is None:
        return [_("%(what)s: not past its time.") % {"what": what}]
    if item.decision == Decision.DELETE and due.decision != Decision.DELETE:
        return [_("%(what)s: may be archived, not deleted.") % {"what": what}]
    if item.decision == Decision.KEEP and not item.note.strip():
        return [_("%(what)s: say why it is kept longer.") % {"what": what}]
    return []


def _submitted(disposal: Disposal) -> None:
    """Check a list and fix which records it is about: the reviewers decide on these and no more."""
    check_disposal(disposal)
    due = {(row.subject_type, row.retention_class): row for row in due_records(disposal.project)}
    items = list(disposal.items.all())
    for item in items:
        row = due[item.subject_type, item.retention_class]
        item.records = sorted(str(key) for key in row.records)
        item.record_count = len(item.records)
        item.due_since = row.since
    DisposalItem.objects.bulk_update(items, ["records", "record_count", "due_since"])


def _approved(disposal: Disposal) -> None:
    if holds := holds_of(disposal.project):
        sentence = _("Held by what is open: %(what)s.") % {"what": "; ".join(holds)}
        raise ValidationError(sentence)


def due_disposals(user: User) -> Iterator[DueItem]:
    """Yield the ended projects whose officer has not looked at what is past its time this year."""
    today = timezone.localdate()
    acting = Participant.objects.acting_for(user, today).filter(role=Role.OFFICER)
    looked = Disposal.objects.filter(
        project=models.OuterRef("pk"), as_of_date__gte=datetime.date(today.year, 1, 1)
    )
    # The shortest period is a year, counted from the 1st of January after the end: what ended
    # later than this is not asked for, type by type.
    long_ago = datetime.date(today.year - 1, 1, 1)
    closing = ApprovalEvent.objects.filter(
        project=models.OuterRef("pk"), record_type=Project.record_type, to_state__in=ENDED
    )
    ended = Project.objects.real().filter(
        ~models.Exists(looked),
        ~models.Exists(closing.filter(at__date__gte=long_ago)),
        models.Exists(closing) | models.Q(actual_completion_date__lt=long_ago),
        state__in=ENDED,
        pk__in=acting.values("project"),
    )
    for project in ended.order_by("id")[:MOST_LOOKED_AT]:
        if not due_records(project, today):
            continue
        page = reverse("pmis:disposal-write", args=[project.public_id, new_public_id()])
        yield DueItem(
            title=_("Review what is past its retention period"),
            url=page,
            project_name=project.name,
        )


EFFECTS[Disposal.record_type] = Effects(submitted=_submitted, approved=_approved)
register_due_items(due_disposals)
