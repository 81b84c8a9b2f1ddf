"""The shapes of the public API's answers and queries."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from allimi.api.base import PageQuery
from allimi.catalogue import CATALOGUE, Disclosure
from allimi.models import PublishedRecord, PublishedVersion
from allimi.presentation.reading import url_of
from allimi.presentation.vocabulary import STATUS_GROUPS, work_type_labels
from ccs.lib.grounds import Ground
from ccs.models import Area

#: What a list of projects can be filtered by: the groups, and each state.
STATUSES = list(dict.fromkeys([*STATUS_GROUPS, *chain.from_iterable(STATUS_GROUPS.values())]))


def in_each_language(text: object) -> dict[str, str]:
    """Return a lazy text in every language of the installation."""
    words = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            words[language] = str(text)
    return words


class LinksSerializer(serializers.Serializer):
    """Where the record, its versions and its page are."""

    self = serializers.URLField()
    versions = serializers.URLField()
    project = serializers.URLField(allow_null=True)
    pages = serializers.DictField(
        child=serializers.URLField(), help_text="The page for people, by language."
    )


class RecordSerializer(serializers.ModelSerializer[PublishedRecord]):
    """A published record: what lists are made of, and its items as they were published."""

    project = serializers.UUIDField(source="project_public_id", allow_null=True)
    version = serializers.IntegerField(source="version_no")
    commitment = serializers.SerializerMethodField(
        help_text="SHA-256(salt ‖ text) of this version, in hexadecimal digits."
    )
    items = serializers.JSONField(
        help_text="The items by code, exactly as in the published text; see records/types/."
    )
    links = serializers.SerializerMethodField()

    class Meta:
        model = PublishedRecord
        fields = (
            "kind",
            "public_id",
            "project",
            "version",
            "title",
            "title_en",
            "status",
            "work_type",
            "ordering_body",
            "firms",
            "amount",
            "currency",
            "sort_date",
            "start_date",
            "end_date",
            "longitude",
            "latitude",
            "first_published_at",
            "published_at",
            "commitment",
            "items",
            "links",
        )
        extra_kwargs = {
            "amount": {"help_text": "In minor units of the currency."},
            "ordering_body": {"help_text": "Public id of an organization."},
            "firms": {"help_text": "Public ids of organizations."},
        }

    def get_commitment(self, record: PublishedRecord) -> str:
        """Return the commitment as hexadecimal digits."""
        return bytes(record.commitment).hex()

    @extend_schema_field(LinksSerializer)
    def get_links(self, record: PublishedRecord) -> dict[str, Any]:
        """Return the addresses of record, versions, project and pages."""
        absolute = self.context["request"].build_absolute_uri
        name = "api-project" if record.kind == "project" else "api-record"
        project = record.project_public_id if record.kind != "project" else None
        return {
            "self": absolute(reverse(name, args=[record.public_id])),
            "versions": absolute(reverse("api-versions", args=[record.public_id])),
            "project": absolute(reverse("api-project", args=[project])) if project else None,
            "pages": page_links(absolute, record),
        }


def page_links(absolute: Any, record: PublishedRecord) -> dict[str, str]:
    """Return the addresses of a record's page by language."""
    pages = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            pages[language] = absolute(url_of(record.kind, record.public_id))
    return pages


class RecordPageSerializer(serializers.Serializer):
    """A page of records, newest first."""

    next = serializers.URLField(allow_null=True)
    results = RecordSerializer(many=True)


class VersionSerializer(serializers.ModelSerializer[PublishedVersion]):
    """One published version. `text` is what was published, byte for byte."""

    version = serializers.IntegerField(source="version_no")
    source_version = serializers.IntegerField(help_text="Version of the record in One-PMIS.")
    text = serializers.CharField(
        source="body",
        allow_null=True,
        help_text="Null while the version is sealed (withdrawn or narrowed).",
    )
    salt = serializers.SerializerMethodField()
    commitment = serializers.SerializerMethodField()
    previous_commitment = serializers.SerializerMethodField()

    class Meta:
        model = PublishedVersion
        fields = (
            "kind",
            "public_id",
            "version",
            "source_version",
            "change_class",
            "reason",
            "actor_role",
            "published_at",
            "text",
            "salt",
            "commitment",
            "previous_commitment",
            "seq",
        )

    def get_salt(self, version: PublishedVersion) -> str | None:
        """Return the salt as hexadecimal digits, None where the version is sealed."""
        return bytes(version.salt).hex() if version.salt is not None else None

    def get_commitment(self, version: PublishedVersion) -> str:
        """Return SHA-256(salt ‖ text) as hexadecimal digits."""
        return bytes(version.commitment).hex()

    def get_previous_commitment(self, version: PublishedVersion) -> str | None:
        """Return the commitment of the version before, None for the first."""
        before = version.previous_commitment
        return bytes(before).hex() if before is not None else None


class VersionListSerializer(serializers.Serializer):
    """All versions of a record, the oldest first."""

    results = VersionSerializer(many=True)


class RecordQuery(PageQuery):
    """Filters of the list of records."""

    kind = serializers.ChoiceField(choices=sorted(CATALOGUE))
    project = serializers.UUIDField(required=False, help_text="Public id of a project.")
    date_from = serializers.DateField(required=False)
    date_to = serializers.DateField(required=False)


class ProjectQuery(PageQuery):
    """Filters of the list of projects."""

    type = serializers.ChoiceField(choices=list(work_type_labels()), required=False)
    status = serializers.ChoiceField(
        choices=STATUSES,
        required=False,
        help_text="A state, or one of the groups planned, ongoing, suspended, ended.",
    )
    area = serializers.CharField(
        required=False, max_length=20, help_text="Code of an area; areas below it count."
    )
    ordering_body = serializers.CharField(
        required=False, max_length=100, help_text="Public id, or part of the name."
    )
    firm = serializers.CharField(
        required=False, max_length=100, help_text="Public id, or part of the name."
    )
    text = serializers.CharField(required=False, max_length=100)
    amount_from = serializers.IntegerField(
        required=False, min_value=0, max_value=2**63 - 1, help_text="In minor units."
    )
    amount_to = serializers.IntegerField(
        required=False, min_value=0, max_value=2**63 - 1, help_text="In minor units."
    )
    date_from = serializers.DateField(required=False, help_text="Ends on or after this day.")
    date_to = serializers.DateField(required=False, help_text="Starts on or before this day.")


class AreaQuery(serializers.Serializer):
    """Filters of the list of areas."""

    parent = serializers.CharField(required=False, max_length=20, help_text="Code of an area.")
    kind = serializers.ChoiceField(choices=Area.Kind.choices, required=False)
    text = serializers.CharField(required=False, max_length=100)
    after = serializers.CharField(
        required=False, max_length=20, help_text="Code of the last area of the page before."
    )
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=1000, default=200)


class AreaSerializer(serializers.ModelSerializer[Area]):
    """An area and how many projects it holds, those of the areas below included."""

    parent = serializers.CharField(source="parent.code", default=None, allow_null=True)
    names = serializers.DictField(child=serializers.CharField())
    derived_names = serializers.ListField(child=serializers.CharField())
    bbox = serializers.SerializerMethodField()
    projects = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    class Meta:
        model = Area
        fields = (
            "code",
            "kind",
            "names",
            "derived_names",
            "parent",
            "level",
            "longitude",
            "latitude",
            "bbox",
            "valid_from_year",
            "valid_to_year",
            "projects",
            "links",
        )

    def get_bbox(self, area: Area) -> list[float] | None:
        """Return west, south, east and north, None where the area has no polygon."""
        box = [area.west, area.south, area.east, area.north]
        return None if None in box else box

    def get_projects(self, area: Area) -> dict[str, int]:
        """Return the number of published projects by status."""
        return self.context["counts"].get(area.pk, {})

    def get_links(self, area: Area) -> dict[str, str]:
        """Return the address of the area itself."""
        path = reverse("api-area", args=[area.code])
        return {"self": self.context["request"].build_absolute_uri(path)}


class AreaDetailSerializer(AreaSerializer):
    """An area with its polygon."""

    geometry = serializers.JSONField(
        source="polygon", allow_null=True, help_text="GeoJSON geometry (RFC 7946)."
    )

    class Meta(AreaSerializer.Meta):
        fields = (*AreaSerializer.Meta.fields, "geometry")


class AreaPageSerializer(serializers.Serializer):
    """A page of areas by code."""

    next = serializers.URLField(allow_null=True)
    results = AreaSerializer(many=True)


class ItemTypeSerializer(serializers.Serializer):
    """An item of a record type and what becomes of it on the way to the public."""

    code = serializers.CharField()
    label = serializers.DictField(child=serializers.CharField())
    disclosure = serializers.ChoiceField(choices=[str(kind) for kind in Disclosure])
    ground = serializers.ChoiceField(choices=Ground.choices, allow_null=True)
    ground_label = serializers.DictField(child=serializers.CharField(), allow_null=True)
    how = serializers.DictField(
        child=serializers.CharField(), help_text="How it is reduced, or until when withheld."
    )
    keys = serializers.ListField(
        child=serializers.CharField(), help_text="Its keys in the published text."
    )


class RecordTypeSerializer(serializers.Serializer):
    """A record type: when it is public, and every item of it, withheld ones too."""

    kind = serializers.CharField()
    label = serializers.DictField(child=serializers.CharField())
    public_from = serializers.DictField(child=serializers.CharField())
    items = ItemTypeSerializer(many=True)
    open_items = serializers.IntegerField()
    all_items = serializers.IntegerField()


class RecordTypesSerializer(serializers.Serializer):
    """All record types, and the disclosure rate computed from them."""

    catalogue_rate = serializers.DecimalField(
        max_digits=5, decimal_places=2, help_text="Open and masked items of all items, per cent."
    )
    results = RecordTypeSerializer(many=True)
