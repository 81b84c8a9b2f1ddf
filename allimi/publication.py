"""Publish, correct, withdraw: set-based statements from source views to the portal's tables.

One transaction a chunk: the queue's keys are taken, what changed is found, versions and their
hashes are written and the keys acknowledged, all or nothing. So a record is published exactly
once, whatever is killed when (docs/architecture.md, "The flow").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from allimi.catalogue import CATALOGUE, RecordType
from allimi.catalogue.documents import DOCUMENT, LIST_DOCUMENTS
from allimi.catalogue.sql import LISTING, LISTING_DEFAULTS

#: Keys taken in one transaction: large enough for set-based speed, small enough for a short lock.
CHUNK = 2000
#: Every publisher takes this lock first, so that an older snapshot never overwrites a newer one.
PUBLISHER_LOCK = 7_305_011_200
#: Scope of the publication state of the whole portal.
WHOLE_PORTAL = UUID(int=0)
#: Scope of what belongs to no project and may stand on the pages of any: organizations, register.
NO_PROJECT = UUID(int=1)
#: Queue key of the register of withholding.
NARROWING = "narrowing"

_COLUMNS = ", ".join(LISTING)
_FROM_CURRENT = ", ".join(f"c.{name}" for name in LISTING)
_FROM_RECORD = ", ".join(f"r.{name}" for name in LISTING)
_FROM_SOURCE = ", ".join(f"s.{name}" for name in LISTING)
_SET = ", ".join(f"{name} = excluded.{name}" for name in LISTING)
_EMPTY = ", ".join(
    f"{name} = {LISTING_DEFAULTS.get(kind, f'NULL::{kind}')}"
    for name, kind in LISTING.items()
    if name not in ("sort_date", "work_type", "ordering_body")
)

#: Of the keys, all that are not proven to be published as they stand: every version of the source
#: has its text, the record shows the newest of them, and nothing is narrowed, sealed or withdrawn.
#: Nothing is kept or sorted on the way, so this costs little more than reading the source. Null
#: proves nothing: `bool_and` alone would pass over it.
_CHANGED = f"""
SELECT unnest(%(keys)s::uuid[]) EXCEPT (
    SELECT s.public_id
    FROM {{view}} s
    JOIN allimi_publishedrecord r ON r.public_id = s.public_id
    LEFT JOIN LATERAL (
        SELECT y.version_no, y.change_class, y.body FROM allimi_publishedversion y
        WHERE y.public_id = s.public_id AND y.source_version = s.source_version
        ORDER BY y.version_no DESC LIMIT 1) v ON TRUE
    WHERE s.public_id = ANY(%(keys)s)
      AND NOT EXISTS (SELECT 1 FROM allimi_sealedversion z WHERE z.public_id = s.public_id)
    GROUP BY s.public_id
    HAVING bool_and((NOT s.is_narrowed AND v.change_class <> 'withdrawal' AND v.body = s.body)
                    IS TRUE)
       AND max(s.source_version) = max(s.source_version) FILTER (WHERE
           (r.version_no, r.is_withdrawn, r.project_public_id, {_FROM_RECORD})
           IS NOT DISTINCT FROM (v.version_no, FALSE, s.project_public_id, {_FROM_SOURCE}))
)
"""

#: `source` is read once: the planner would otherwise build each text once per use. A version is
#: new where its text differs from the newest text published of that version, or where the record
#: was withdrawn in between. 32 bytes of salt come from two random UUIDs (244 random bits), as
#: pgcrypto is not everywhere.
_PUBLISH = f"""
WITH source AS MATERIALIZED (
    SELECT * FROM {{view}} WHERE public_id = ANY(%(keys)s)
), newest AS (
    SELECT DISTINCT ON (v.public_id, v.source_version)
           v.public_id, v.source_version, v.version_no, v.change_class,
           coalesce(v.body, s.body) AS body
    FROM allimi_publishedversion v
    LEFT JOIN allimi_sealedversion s USING (public_id, version_no)
    WHERE v.public_id = ANY(%(keys)s)
    ORDER BY v.public_id, v.source_version, v.version_no DESC
), last AS (
    SELECT DISTINCT ON (v.public_id) v.public_id, v.version_no, v.commitment, v.source_version
    FROM allimi_publishedversion v WHERE v.public_id = ANY(%(keys)s)
    ORDER BY v.public_id, v.version_no DESC
), salted AS MATERIALIZED (
    SELECT s.public_id, s.project_public_id, s.source_version, s.body, s.reason, s.actor_role,
           n.change_class AS was, l.version_no AS last_no, l.commitment AS last_commitment,
           coalesce(l.version_no, 0) + row_number() OVER (
               PARTITION BY s.public_id ORDER BY s.source_version) AS version_no,
           uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt
    FROM source s
    LEFT JOIN newest n USING (public_id, source_version)
    LEFT JOIN last l ON l.public_id = s.public_id
    WHERE n.public_id IS NULL OR n.change_class = 'withdrawal' OR n.body IS DISTINCT FROM s.body
), committed AS MATERIALIZED (
    SELECT *, sha256(salt || convert_to(body, 'UTF8')) AS commitment FROM salted
), gone AS MATERIALIZED (
    SELECT r.public_id, l.version_no + 1 AS version_no, l.commitment AS last_commitment,
           l.source_version, w.reason, w.role,
           json_build_object('kind', r.kind, 'public_id', r.public_id::text, 'withdrawn', TRUE,
               'ground', coalesce(w.ground, x.ground), 'reason', coalesce(w.reason, x.reason),
               'role', coalesce(w.role, x.decided_by_position))::text AS body,
           uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt
    FROM allimi_publishedrecord r
    JOIN last l ON l.public_id = r.public_id
    LEFT JOIN allimi_source_withdrawal w ON w.public_id = r.public_id
    LEFT JOIN LATERAL (
        SELECT y.ground, y.reason, y.decided_by_position FROM allimi_source_narrowing y
        WHERE y.record_type = r.kind AND y.item = ''
          AND (y.public_id = r.public_id OR y.public_id IS NULL)
          AND y.starts_at <= now() AND y.ends_at > now() AND y.ended_at IS NULL
        ORDER BY y.source_id DESC LIMIT 1) x ON TRUE
    WHERE r.public_id = ANY(%(keys)s) AND r.kind = %(kind)s AND NOT r.is_withdrawn
      AND NOT EXISTS (SELECT 1 FROM source s WHERE s.public_id = r.public_id)
), written AS (
    INSERT INTO allimi_publishedversion (kind, public_id, version_no, source_version, body, salt,
        commitment, previous_commitment, change_class, reason, actor_role, published_at)
    SELECT %(kind)s, public_id, version_no, source_version, body, salt, commitment,
           lag(commitment, 1, last_commitment) OVER (PARTITION BY public_id ORDER BY version_no),
           CASE WHEN was = 'withdrawal' THEN 'restored'
                WHEN last_no IS NULL AND row_number() OVER (
                    PARTITION BY public_id ORDER BY version_no) = 1 THEN 'new'
                WHEN was IS NULL AND source_version > 0 THEN 'correction'
                ELSE 'update' END,
           CASE WHEN was IS NULL THEN reason ELSE '' END, actor_role, statement_timestamp()
    FROM committed
    UNION ALL
    SELECT %(kind)s, public_id, version_no, source_version, body, salt,
           sha256(salt || convert_to(body, 'UTF8')), last_commitment, 'withdrawal',
           coalesce(reason, ''), coalesce(role, ''), statement_timestamp()
    FROM gone
    RETURNING 1
), current AS (
    SELECT DISTINCT ON (s.public_id) s.*, coalesce(k.version_no, n.version_no) AS version_no
    FROM source s
    LEFT JOIN committed k USING (public_id, source_version)
    LEFT JOIN newest n USING (public_id, source_version)
    ORDER BY s.public_id, s.source_version DESC
), kept AS (
    INSERT INTO allimi_publishedrecord (kind, public_id, project_public_id, version_no, body,
        is_withdrawn, first_published_at, published_at, {_COLUMNS})
    SELECT %(kind)s, c.public_id, c.project_public_id, c.version_no, c.body, FALSE,
           statement_timestamp(), statement_timestamp(), {_FROM_CURRENT}
    FROM current c LEFT JOIN allimi_publishedrecord r ON r.public_id = c.public_id
    WHERE r.public_id IS NULL
       OR (r.version_no, r.is_withdrawn, r.project_public_id, {_FROM_RECORD})
          IS DISTINCT FROM (c.version_no, FALSE, c.project_public_id, {_FROM_CURRENT})
    ON CONFLICT (public_id) DO UPDATE SET
        project_public_id = excluded.project_public_id, version_no = excluded.version_no,
        body = excluded.body, is_withdrawn = FALSE, published_at = excluded.published_at, {_SET}
    RETURNING public_id, project_public_id
), closed AS (
    UPDATE allimi_publishedrecord r SET is_withdrawn = TRUE, version_no = g.version_no,
        body = g.body, published_at = statement_timestamp(), {_EMPTY}
    FROM gone g WHERE r.public_id = g.public_id
    RETURNING r.project_public_id
)
SELECT (SELECT count(*) FROM written),
       (SELECT count(*) FROM closed),
       ARRAY(SELECT project_public_id FROM committed
             UNION SELECT project_public_id FROM kept
             UNION SELECT project_public_id FROM closed
             UNION SELECT r.project_public_id  -- the project a record has left: as it was before
                   FROM kept k JOIN allimi_publishedrecord r USING (public_id)),
       ARRAY(SELECT DISTINCT public_id FROM source WHERE is_narrowed),
       ARRAY(SELECT public_id FROM gone),
       (SELECT count(*) FROM kept)
"""

#: Old versions of a narrowed or withdrawn record hold what may not be read any more.
_SEAL = """
WITH shut AS (
    SELECT v.id, v.public_id, v.version_no, v.body, v.salt FROM allimi_publishedversion v
    WHERE v.public_id = ANY(%(keys)s) AND v.body IS NOT NULL AND v.change_class <> 'withdrawal'
      AND (v.public_id = ANY(%(gone)s) OR EXISTS (
          SELECT 1 FROM allimi_publishedversion w WHERE w.public_id = v.public_id
          AND w.source_version = v.source_version AND w.version_no > v.version_no))
), moved AS (
    INSERT INTO allimi_sealedversion (public_id, version_no, body, salt, sealed_at)
    SELECT public_id, version_no, body, salt, statement_timestamp() FROM shut
    ON CONFLICT DO NOTHING
)
UPDATE allimi_publishedversion v SET body = NULL, salt = NULL FROM shut WHERE v.id = shut.id
"""

_UNSEAL = """
WITH opened AS (
    DELETE FROM allimi_sealedversion s
    WHERE s.public_id = ANY(%(keys)s) AND s.public_id <> ALL(%(closed)s)
      AND NOT EXISTS (SELECT 1 FROM allimi_publishedrecord r
                      WHERE r.public_id = s.public_id AND r.is_withdrawn)
    RETURNING s.public_id, s.version_no, s.body, s.salt
)
UPDATE allimi_publishedversion v SET body = o.body, salt = o.salt FROM opened o
WHERE v.public_id = o.public_id AND v.version_no = o.version_no
"""

#: A project stands in its areas and in every area above them.
_PLACE = """
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT r.id AS record_id, unnest(a.path) AS area_id, r.kind, r.status, r.work_type,
           r.sort_date
    FROM allimi_publishedrecord r
    CROSS JOIN LATERAL json_array_elements(
        CASE WHEN r.is_withdrawn THEN '[]'::json ELSE coalesce(r.body::json->'areas', '[]') END
    ) AS named(line)
    JOIN ccs_area a ON a.code = named.line->>'area'
    WHERE r.public_id = ANY(%(keys)s)
), left_behind AS (
    DELETE FROM allimi_publishedrecordarea p USING allimi_publishedrecord r
    WHERE p.record_id = r.id AND r.public_id = ANY(%(keys)s)
      AND NOT EXISTS (SELECT 1 FROM wanted w
                      WHERE w.record_id = p.record_id AND w.area_id = p.area_id)
)
INSERT INTO allimi_publishedrecordarea AS p
    (record_id, area_id, kind, status, work_type, sort_date)
SELECT w.record_id, w.area_id, w.kind, w.status, w.work_type, w.sort_date
FROM wanted w LEFT JOIN allimi_publishedrecordarea q USING (record_id, area_id)
WHERE q.id IS NULL OR (q.status, q.work_type, q.sort_date)
      IS DISTINCT FROM (w.status, w.work_type, w.sort_date)
ON CONFLICT (record_id, area_id) DO UPDATE SET
    status = excluded.status, work_type = excluded.work_type, sort_date = excluded.sort_date
"""

#: Files of withdrawn records stay listed, so that the file view can answer 410 instead of 404.
_LIST_FILES = """
INSERT INTO allimi_publishedfile (sha256, public_id)
SELECT DISTINCT f.sha256, r.public_id
FROM allimi_publishedrecord r
CROSS JOIN LATERAL (SELECT r.body::json->>key AS sha256 FROM unnest(%(files)s::text[]) key) f
WHERE r.public_id = ANY(%(keys)s) AND NOT r.is_withdrawn AND f.sha256 <> ''
ON CONFLICT DO NOTHING
"""

_REGISTER = """
WITH cleared AS (
    DELETE FROM allimi_publishednarrowing p
    WHERE NOT EXISTS (SELECT 1 FROM allimi_source_narrowing s WHERE s.source_id = p.source_id)
)
INSERT INTO allimi_publishednarrowing AS p (source_id, record_type, public_id, item, ground,
    reason, decided_by_body, decided_by_position, starts_at, ends_at, ended_at)
SELECT s.source_id, s.record_type, s.public_id, s.item, s.ground, s.reason, s.decided_by_body,
       s.decided_by_position, s.starts_at, s.ends_at, s.ended_at
FROM allimi_source_narrowing s LEFT JOIN allimi_publishednarrowing q USING (source_id)
WHERE q.id IS NULL OR (q.reason, q.ground, q.starts_at, q.ends_at, q.ended_at, q.item, q.public_id)
      IS DISTINCT FROM (s.reason, s.ground, s.starts_at, s.ends_at, s.ended_at, s.item, s.public_id)
ON CONFLICT (source_id) DO UPDATE SET reason = excluded.reason, ground = excluded.ground,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, ended_at = excluded.ended_at,
    item = excluded.item, public_id = excluded.public_id
"""

_COUNT_PUBLICATION = """
INSERT INTO allimi_publicationstate AS s (scope, version, published_at)
SELECT scope, 1, statement_timestamp() FROM unnest(%(scopes)s::uuid[]) scope
ON CONFLICT (scope) DO UPDATE SET version = s.version + 1, published_at = excluded.published_at
"""


@dataclass
class Published:
    """What one call did."""

    keys: int = 0
    versions: int = 0
    withdrawn: int = 0
    scopes: set[UUID] = field(default_factory=set)

    def add(self, other: Published) -> None:
        """Add what another call did."""
        self.keys += other.keys
        self.versions += other.versions
        self.withdrawn += other.withdrawn
        self.scopes |= other.scopes


def publish_pending(*, using: str = "publisher", limit: int = 100_000) -> Published:
    """Publish what stands in the queue, in chunks of at most `CHUNK` keys, and return what it did.

    Stops when the queue is empty or `limit` keys were taken. Safe to run in several processes at
    once and to be killed at any point.
    """
    done = Published()
    while done.keys < limit:
        chunk = _publish_chunk(using)
        done.add(chunk)
        if chunk.keys < CHUNK:
            break
    return done


def republish(
    kind: str,
    keys: Iterable[UUID],
    *,
    using: str = "publisher",
    progress: Callable[[int], object] = lambda count: None,
) -> Published:
    """Compare the records `keys` of one type with their sources again, without the queue.

    Writes nothing where nothing changed. Between two chunks the queue goes first, so that a
    fresh change never waits for a republication. `progress` gets the number of keys of each chunk.
    """
    done = Published()
    for chunk in _chunks(keys):
        publish_pending(using=using)
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            _lock(cursor)
            part = _publish_keys(cursor, kind, _changed(cursor, kind, chunk))
            _count_publication(cursor, part)
        part.keys = len(chunk)
        done.add(part)
        progress(len(chunk))
    return done


def queue_due_narrowings(*, using: str = "publisher") -> int:
    """Queue narrowings whose beginning or end has come; return how many.

    The update itself fires the trigger that queues their records.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "UPDATE allimi_narrowing SET is_start_queued = is_start_queued OR starts_at <= now(),"
            " is_release_queued = is_release_queued OR ends_at <= now()"
            " WHERE (NOT is_start_queued AND starts_at <= now())"
            " OR (NOT is_release_queued AND ends_at <= now())"
        )
        return cursor.rowcount


def _chunks(keys: Iterable[UUID]) -> Iterator[list[UUID]]:
    chunk: list[UUID] = []
    for key in keys:
        chunk.append(key)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _lock(cursor: CursorWrapper) -> None:
    """Wait for other publishers, in a statement of its own: what follows sees what they wrote."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISHER_LOCK])
    # Compiling these long statements costs seconds and saves nothing: their rows are few.
    # The texts of a chunk fit in memory, instead of going through files and back.
    cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '32MB'")


def _publish_chunk(using: str) -> Published:
    done = Published()
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        _lock(cursor)
        cursor.execute(
            "SELECT id, kind, public_id FROM allimi_disclosurequeue ORDER BY id LIMIT %s", [CHUNK]
        )
        rows = cursor.fetchall()
        if not rows:
            return done
        keys: dict[str, set[UUID]] = defaultdict(set)
        for _id, kind, public_id in rows:
            keys[kind].add(public_id)
        for kind, public_ids in keys.items():
            done.add(_publish_keys(cursor, kind, list(public_ids)))
        cursor.execute(
            "DELETE FROM allimi_disclosurequeue WHERE id = ANY(%s)", [[row[0] for row in rows]]
        )
        _count_publication(cursor, done)
        done.keys = len(rows)
    return done


def _changed(cursor: CursorWrapper, kind: str, keys: list[UUID]) -> list[UUID]:
    """Return the keys that a republication has to look at, under the publishers' lock."""
    if kind not in CATALOGUE:
        return keys
    cursor.execute(_CHANGED.replace("{view}", CATALOGUE[kind].view), {"keys": keys})
    return [row[0] for row in cursor.fetchall()]


def _publish_keys(cursor: CursorWrapper, kind: str, keys: list[UUID]) -> Published:
    if not keys:
        return Published()
    if kind == NARROWING:
        cursor.execute(_REGISTER)
        return Published(keys=len(keys), scopes={WHOLE_PORTAL, NO_PROJECT})
    if kind == DOCUMENT:
        # No page shows these rows but the answer to a code, which nobody keeps: no scope counts.
        cursor.execute(LIST_DOCUMENTS, {"keys": keys})
        return Published(keys=len(keys))
    if kind not in CATALOGUE:
        return Published(keys=len(keys))
    record_type = CATALOGUE[kind]
    cursor.execute(_PUBLISH.replace("{view}", record_type.view), {"keys": keys, "kind": kind})
    versions, withdrawn, projects, narrowed, gone, kept = cursor.fetchone()
    sealed = _seal(cursor, keys=keys, narrowed=narrowed, gone=gone)
    if kept or withdrawn:
        _follow(cursor, record_type, keys)
    scopes = {scope or NO_PROJECT for scope in projects}
    if versions or kept or withdrawn:
        scopes.add(WHOLE_PORTAL)
    if sealed:
        scopes |= {WHOLE_PORTAL, NO_PROJECT}
    return Published(len(keys), versions, withdrawn, scopes)


def _seal(
    cursor: CursorWrapper, *, keys: list[UUID], narrowed: list[UUID], gone: list[UUID]
) -> int:
    """Close the texts that may not be read any more, open those that may again; count both."""
    closed = 0
    if narrowed or gone:
        cursor.execute(_SEAL, {"keys": narrowed + gone, "gone": gone})
        closed = cursor.rowcount
    cursor.execute(_UNSEAL, {"keys": keys, "closed": narrowed})
    return closed + cursor.rowcount


def _follow(cursor: CursorWrapper, record_type: RecordType, keys: list[UUID]) -> None:
    """Bring areas and files of changed records in step."""
    if record_type.kind == "project":
        cursor.execute(_PLACE, {"keys": keys})
    if record_type.files:
        cursor.execute(_LIST_FILES, {"keys": keys, "files": list(record_type.files)})


def _count_publication(cursor: CursorWrapper, done: Published) -> None:
    if done.scopes:
        cursor.execute(_COUNT_PUBLICATION, {"scopes": sorted(done.scopes)})
