"""Bulk publication against raw INSERT … SELECT and against row-by-row saving.

    ./run bench publication [reports]

Both sides read the same source views and write body and hash into the same tables and indexes, in
alternation (A B A B). The ratio is rows a second of the publisher over rows a second of the raw
statement. Then: what a republication of unchanged records writes and costs.
"""

from __future__ import annotations

from bench._city import argument, make_city, median, say, seconds

from django.db import connections, transaction

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedRecord, PublishedVersion
from allimi.publication import _COLUMNS, publish_pending, republish

REPORTS = argument(1, 10_000)
ROUNDS = 3
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


def _one_by_one() -> float:
    """Return rows a second of saving object by object what the view gives."""
    _empty()
    with connections["publisher"].cursor() as cursor:
        cursor.execute(
            f"SELECT public_id, body, sort_date FROM {CATALOGUE[KIND].view} LIMIT {SAMPLE}"
        )
        rows = cursor.fetchall()

    def save() -> None:
        for public_id, body, sort_date in rows:
            with transaction.atomic(using="publisher"):
                PublishedVersion(
                    kind=KIND,
                    public_id=public_id,
                    version_no=1,
                    source_version=1,
                    body=body,
                    salt=b"x" * 32,
                    commitment=b"y" * 32,
                    change_class="new",
                    published_at="2026-11-20T00:00:00Z",
                ).save(using="publisher")
                PublishedRecord(
                    kind=KIND,
                    public_id=public_id,
                    version_no=1,
                    body=body,
                    sort_date=sort_date,
                    first_published_at="2026-11-20T00:00:00Z",
                    published_at="2026-11-20T00:00:00Z",
                ).save(using="publisher")

    return SAMPLE / seconds(save)


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


def _select_all(keys: list) -> None:
    with connections["publisher"].cursor() as cursor:
        for start in range(0, len(keys), 2000):
            cursor.execute(
                f"SELECT count(body) FROM {CATALOGUE[KIND].view} WHERE public_id = ANY(%s)",
                [keys[start : start + 2000]],
            )


def main() -> None:
    """Measure and print."""
    make_city(projects=500, reports=REPORTS)
    publish_pending()
    ratios, rates = [], []
    for number in range(ROUNDS):
        _empty()
        _queue()
        ours = seconds(publish_pending)
        _empty()
        raw = seconds(_raw)
        ratios.append(raw / ours)
        rates.append(REPORTS / ours)
        say(f"round {number + 1}: publisher {REPORTS / ours:,.0f} rows/s, raw {REPORTS / raw:,.0f}")
    say(f"publisher ÷ raw INSERT … SELECT: {median(ratios):.2f}  (target ≥ 0.5, aim 0.9)")
    single = _one_by_one()
    say(
        f"publisher ÷ one by one: {median(rates) / single:.1f} ×  "
        f"({single:,.0f} rows/s; aim ≥ 20 ×)"
    )
    _empty()
    _queue()
    publish_pending()
    keys = _keys()
    before, position = _written()
    unchanged, plain = [], []
    for _ in range(ROUNDS):
        unchanged.append(seconds(lambda: republish(KIND, keys)))
        plain.append(seconds(lambda: _select_all(keys)))
    after, end = _written()
    say(
        f"unchanged republish: {after - before} tuples, {(end - position) / 1e6:.2f} MB of log, "
        f"{median(unchanged) / median(plain):.2f} × a plain SELECT  (targets 0, < 1 MB, ≤ 1.3)"
    )


if __name__ == "__main__":
    main()
