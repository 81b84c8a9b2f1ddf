"""The registry of record types: what the generic pages need to know of each.

To add a record type: its model (`pmis/models/`), its workflow (`pmis/workflows/`), its form and
entry here (`pmis/records/`), its disclosure (`allimi/catalogue/`), and a page fragment where the
generic one does not do. Views, addresses, frame, API, print and scripts are shared.
"""

from collections.abc import Sequence

from pmis.records import (
    catch_up_plans,
    changes,
    daily_reports,
    documents,
    evaluations,
    inspections,
    letters,
    meetings,
    progress_claims,
    quality,
    reports,
    safety,
    safety_findings,
    safety_plans,
    schedules,
)
from pmis.records.types import REGISTRY, RecordType

#: Modules whose record types are registered, in the order of the menu.
MODULES = (
    daily_reports,
    reports,
    schedules,
    catch_up_plans,
    inspections,
    quality,
    letters,
    meetings,
    safety_findings,
    safety,
    safety_plans,
    documents,
    changes,
    progress_claims,
    evaluations,
)


def types() -> Sequence[RecordType]:
    """Return all record types in the order of the menu."""
    order = [group.value for group in type(next(iter(REGISTRY.values())).group)]
    return sorted(REGISTRY.values(), key=lambda entry: order.index(entry.group))


__all__ = ["MODULES", "REGISTRY", "RecordType", "types"]
