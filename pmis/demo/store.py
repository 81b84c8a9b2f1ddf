"""Where the demonstration is collected before it is written."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

from django.db import models

from pmis.demo.tables import Table, update


class Store:
    """A table for every model, and the decisions that follow once all rows are written."""

    def __init__(self, today: datetime.date, now: datetime.datetime) -> None:
        #: The day of the demonstration, and its midnight: everything happened before it.
        self.today, self.now = today, now
        self._tables: dict[type[models.Model], Table] = {}
        #: By model: (key, state, approved at or None). Rows are drafts until their lines are in.
        self.decided: dict[type[models.Model], list[tuple[int, str, Any]]] = defaultdict(list)
        self.written: dict[str, int] = defaultdict(int)

    def __getitem__(self, model: type[models.Model]) -> Table:
        if model not in self._tables:
            self._tables[model] = Table(model, self.now)
        return self._tables[model]

    def write(self, *written: type[models.Model]) -> None:
        """Send the rows of these models, in this order."""
        for model in written:
            self.written[model._meta.db_table] += self[model].write()

    def decide(self, model: type[models.Model]) -> None:
        """Lead the drafts of a model to their states: from here on the database locks them."""
        kinds = {"state": "text", "approved_at": "timestamptz"}
        update(model, kinds, self.decided.pop(model, []))
