"""Models of Allimi: what is published, what is withheld, and the queue between."""

from allimi.models.documents import PublishedDocument
from allimi.models.published import (
    AreaCount,
    DisclosureRate,
    PublicationState,
    PublishedFile,
    PublishedRecord,
    PublishedRecordArea,
    PublishedVersion,
    SealedVersion,
)
from allimi.models.queue import DisclosureQueue, SourceDefinition
from allimi.models.withholding import Narrowing, PublishedNarrowing

__all__ = [
    "AreaCount",
    "DisclosureRate",
    "DisclosureQueue",
    "Narrowing",
    "PublicationState",
    "PublishedDocument",
    "PublishedFile",
    "PublishedNarrowing",
    "PublishedRecord",
    "PublishedRecordArea",
    "PublishedVersion",
    "SealedVersion",
    "SourceDefinition",
]
