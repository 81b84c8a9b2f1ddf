"""Disclosure of photos (domain B.1)."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.declarations import RecordType, Trigger, masked, opened, withheld
from ccs.lib.grounds import Ground
from pmis.models import Photo

PHOTO = RecordType(
    kind="photo",
    label=_("Photo"),
    label_plural=_("Photos"),
    model=Photo,
    condition=(
        "t.state = 'checked' AND EXISTS (SELECT 1 FROM pmis_project p"
        " WHERE p.id = t.project_id AND p.registered_at IS NOT NULL)"
    ),
    public_from=_("when processed and checked"),
    items=(
        opened("title", _("Title"), "title"),
        opened("activity", _("Activity"), "activity"),
        opened("taken_at", _("Taken at"), "taken_at", "uploaded_at"),
        opened("place", _("Place"), "place"),
        opened(
            "image",
            _("Picture, faces and plates blurred"),
            "public_sha256",
            "thumbnail_sha256",
            "width",
            "height",
        ),
        opened("category", _("Before, during or after"), "category", "is_hidden_work"),
        opened("series", _("Fixed point"), "series"),
        opened("uploader_body", _("Body of the uploader"), "uploader_body_id"),
        opened("caption", _("Caption"), "caption"),
        opened("video_url", _("Video"), "video_url"),
        masked(
            "position",
            _("Position of the camera"),
            "longitude",
            "latitude",
            how=_("rounded to about 100 m"),
            computed={
                "rounded_longitude": "round(t.longitude::numeric, 3)::text",
                "rounded_latitude": "round(t.latitude::numeric, 3)::text",
            },
        ),
        withheld(
            "original",
            _("Original with faces and camera data"),
            "original",
            "original_sha256",
            "original_name",
            "blur_boxes",
            ground=Ground.G6,
        ),
        withheld(
            "people",
            _("Who uploaded and checked it"),
            "uploader_id",
            "checked_by_id",
            ground=Ground.G6,
        ),
    ),
    technical={
        "state": "the condition itself",
        "refused_reason": "of photos that are not published",
        "checked_at": "the condition itself",
    },
    listing={
        "title": "t.title",
        "status": "t.category",
        "sort_date": "coalesce(t.taken_at, t.uploaded_at)::date",
    },
    files=("public_sha256", "thumbnail_sha256"),
    triggers=(
        Trigger(
            "pmis_project",
            "SELECT f.public_id FROM {changed} c JOIN pmis_photo f ON f.project_id = c.id",
            columns=("registered_at",),
        ),
    ),
)
