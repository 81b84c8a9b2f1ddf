"""Bulk publication against raw INSERT … SELECT and against row-by-row saving.

    ./run bench publication [reports]

Both sides read the same source views and write body and hash into the same tables and indexes, in
alternation (A B A B). The ratio is rows a second of the publisher over rows a second of the raw
statement. Then the same against objects saved row by row: once with all that the publisher does
for a row, once with texts that are given (which the raw statement itself bounds). Then: what a
republication of unchanged records writes and costs.
"""

from __future__ import annotations

from bench._city import argument, make_city, median, say, seconds

import hashlib
import os

from django.db import connections, transaction
from django.utils import timezone

from allimi.catalogue import CATALOGUE
from allimi.catalogue.sql import LISTING
from allimi.models import DisclosureQueue, PublishedRecord, PublishedVersion
from allimi.publication import _COLUMNS, CHUNK, publish_pending, republish

REPORTS = argument(1, 10_000)
ROUNDS = 5
SAMPLE = 300
KIND = "daily_report"
TABLES = (
    "allimi_publishedversion",
    "allimi_publishedrecord",
    "allimi_publishedrecordarea",
    "allimi_publicationstate",
)

RAW = f"""
WITH s AS MATERIALIZED (
    SELECT v.*, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt
    FROM {CATALOGUE[KIND].view} v
), versions AS (
    INSERT INTO allimi_publishedversion (kind, public_id, version_no, source_version, body, salt,
        commitment, change_class, reason, actor_role, published_at)
    SELECT '{KIND}', public_id, 1, source_version, body, salt,
           sha256(salt || convert_to(body, 'UTF8')), 'new', reason, actor_role, now() FROM s
)
INSERT INTO allimi_publishedrecord (kind, public_id, project_public_id, version_no, body,
    is_withdrawn, first_published_at, published_at, {_COLUMNS})
SELECT '{KIND}', public_id, project_public_id, 1, body, FALSE, now(), now(), {_COLUMNS} FROM s
"""


def _empty() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "TRUNCATE allimi_publishedversion, allimi_publishedrecord, allimi_sealedversion,"
            " allimi_publishedrecordarea, allimi_disclosurequeue, allimi_areacount"
        )


def _queue() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)"
            " SELECT 'daily_report', public_id, now() FROM pmis_dailyreport"
        )


def _raw() -> None:
    with transaction.atomic(using="publisher"), connections["publisher"].cursor() as cursor:
        cursor.execute(RAW)


def _versions(rows: list[dict]) -> None:
    """Save version and record of each row as objects, one transaction a row."""
    for row in rows:
        with transaction.atomic(using="publisher"):
            _save(row)


def _save(row: dict) -> None:
    salt = os.urandom(32)
    PublishedVersion(
        kind=KIND,
        public_id=row["public_id"],
        version_no=1,
        source_version=row["source_version"],
        body=row["body"],
        salt=salt,
        commitment=hashlib.sha256(salt + row["body"].encode()).digest(),
        change_class="new",
        reason=row["reason"],
        actor_role=row["actor_role"],
        published_at=timezone.now(),
    ).save(using="publisher")
    PublishedRecord(
        kind=KIND,
        public_id=row["public_id"],
        project_public_id=row["project_public_id"],
        version_no=1,
        body=row["body"],
        first_published_at=timezone.now(),
        published_at=timezone.now(),
        **{name: row[name] for name in LISTING},
    ).save(using="publisher")


def _source(condition: str, parameters: list) -> list[dict]:
    """Return rows of the source view."""
    with connections["publisher"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {CATALOGUE[KIND].view} {condition}", parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _one_by_one() -> float:
    """Return rows a second of saving object by object texts that are given."""
    _empty()
    rows = _source("LIMIT %s", [SAMPLE])
    return SAMPLE / seconds(lambda: _versions(rows))


def _whole_job_one_by_one() -> float:
    """Return rows a second of all that the publisher does, key by key.

    Each key is taken from the queue, its source read and compared with what is published.
    """
    _empty()
    _queue()
    queued = list(DisclosureQueue.objects.using("publisher").order_by("id")[:SAMPLE])

    def publish() -> None:
        for entry in queued:
            with transaction.atomic(using="publisher"):
                versions = PublishedVersion.objects.using("publisher")
                newest = versions.filter(public_id=entry.public_id).order_by("-version_no").first()
                for row in _source("WHERE public_id = %s", [entry.public_id]):
                    if newest is None or newest.body != row["body"]:
                        _save(row)
                entry.delete(using="publisher")

    return SAMPLE / seconds(publish)


def _written() -> tuple[int, int]:
    """Return tuples written to Allimi's tables so far, and the position of the log in bytes."""
    for alias in ("publisher", "owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0),"
            " pg_current_wal_lsn() - '0/0'::pg_lsn FROM pg_stat_user_tables"
            " WHERE relname = ANY(%s)",
            [list(TABLES)],
        )
        tuples, position = cursor.fetchone()
        return int(tuples), int(position)


def _keys() -> list:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT public_id FROM pmis_dailyreport ORDER BY public_id")
        return [row[0] for row in cursor.fetchall()]


def _select(keys: list) -> None:
    with connections["publisher"].cursor() as cursor:
        cursor.execute(
            f"SELECT count(body) FROM {CATALOGUE[KIND].view} WHERE public_id = ANY(%s)", [keys]
        )


def _publish_against_raw() -> None:
    """Publish everything by the publisher and by the raw statement, in alternation."""
    ratios, rates, raw_rates = [], [], []
    for number in range(ROUNDS):
        _empty()
        _queue()
        ours = seconds(publish_pending)
        _empty()
        raw = seconds(_raw)
        ratios.append(raw / ours)
        rates.append(REPORTS / ours)
        raw_rates.append(REPORTS / raw)
        say(f"round {number + 1}: publisher {REPORTS / ours:,.0f} rows/s, raw {REPORTS / raw:,.0f}")
    say(f"publisher ÷ raw INSERT … SELECT: {median(ratios):.2f}  (target ≥ 0.5, aim 0.9)")
    job, saving = _whole_job_one_by_one(), _one_by_one()
    ours, raw = median(rates), median(raw_rates)
    say(
        f"publisher ÷ the same job row by row (queue, source, comparison, hash, saving): "
        f"{ours / job:.1f} ×  ({job:,.0f} rows/s; aim ≥ 20 ×)"
    )
    say(
        f"publisher ÷ only saving given texts row by row: {ours / saving:.1f} ×  "
        f"({saving:,.0f} rows/s; raw INSERT … SELECT reaches {raw / saving:.1f} ×)"
    )


def _republish_unchanged() -> None:
    """Republish what did not change against reading it, in alternation chunk by chunk."""
    _empty()
    _queue()
    publish_pending()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    keys = _keys()
    before, position = _written()
    ratios = []
    for start in [*range(0, len(keys), CHUNK)] * ROUNDS:
        chunk = keys[start : start + CHUNK]
        unchanged = seconds(lambda part=chunk: republish(KIND, part))
        ratios.append(unchanged / seconds(lambda part=chunk: _select(part)))
    after, end = _written()
    say(
        f"unchanged republish: {after - before} tuples, {(end - position) / 1e6:.2f} MB of log, "
        f"{median(ratios):.2f} × a plain SELECT  (targets 0, < 1 MB, ≤ 1.3)"
    )


def main() -> None:
    """Measure and print."""
    make_city(projects=500, reports=REPORTS)
    publish_pending()
    _publish_against_raw()
    _republish_unchanged()


if __name__ == "__main__":
    main()
