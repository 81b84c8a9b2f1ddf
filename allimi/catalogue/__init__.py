"""THE gate: every field of every record type, and what becomes of it on the way to the public."""

from allimi.catalogue.contracts import CONTRACT, SUBCONTRACT
from allimi.catalogue.declarations import Disclosure, Item, RecordType
from allimi.catalogue.photos import PHOTO
from allimi.catalogue.projects import ORGANIZATION, PARTICIPANT, PROJECT
from allimi.catalogue.reports import APPROVAL, DAILY_REPORT, SCHEDULE

#: All record types, in the order of the documentation and the register.
CATALOGUE: dict[str, RecordType] = {
    record_type.kind: record_type
    for record_type in (
        PROJECT,
        PARTICIPANT,
        CONTRACT,
        SUBCONTRACT,
        SCHEDULE,
        DAILY_REPORT,
        PHOTO,
        APPROVAL,
        ORGANIZATION,
    )
}

__all__ = ["CATALOGUE", "Disclosure", "Item", "RecordType"]
