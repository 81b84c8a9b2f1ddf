"""Who may open a stored file: whoever sees a record that names it."""

from __future__ import annotations

from ccs.models import User
from pmis.models import FileLine, Project, Record, StoredFile
from pmis.records import types


def naming_record(stored: StoredFile, user: User) -> Record | None:
    """Return a record that names the file and that `user` may see, None where there is none."""
    for entry in types():
        for spec in (*entry.lines, *entry.step_lines):
            model = entry.model._meta.get_field(spec.name).related_model
            if not issubclass(model, FileLine):
                continue
            if spec.name in entry.internal and not entry.reads_internal(user, stored.project):
                continue
            parent = entry.model._meta.get_field(spec.name).field.name
            named = model._default_manager.filter(file=stored).values(parent)
            records = entry.visible_to(user).filter(pk__in=named)
            if record := records.order_by("-version_no").first():
                return record
    return None


def may_open(stored: StoredFile, user: User) -> bool:
    """Return whether `user` may open the file: its uploader, or whoever sees a record with it."""
    if not Project.objects.visible_to(user).filter(pk=stored.project_id).exists():
        return False
    return stored.uploader_id == user.pk or naming_record(stored, user) is not None
