"""Races of publication on real connections: nothing lost, nothing doubled, never backwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from allimi import publication
from allimi.models import DisclosureQueue, PublishedRecord, PublishedVersion
from allimi.publication import publish_pending
from tests.allimi.conftest import Site, versions_of

pytestmark = pytest.mark.django_db(transaction=True)


def _connect() -> Any:
    settings = connection.settings_dict
    return psycopg2.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"],
    )


def _in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            for alias in connections:
                connections[alias].close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def _rename(cursor: Any, site: Site, name: str) -> None:
    cursor.execute("UPDATE pmis_project SET name = %s WHERE id = %s", [name, site.project.pk])


@pytest.fixture
def published_site() -> Iterator[Site]:
    site = Site()
    publish_pending()
    yield site


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited 10 s"
        time.sleep(0.01)


def _publishers_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND NOT l.granted AND a.datname = current_database()"
        )
        return cursor.fetchone()[0]


def test_the_newer_value_wins_over_a_slow_publisher(published_site: Site) -> None:
    """A publisher that began first, with an older snapshot, must not overwrite a newer value."""
    with closing(_connect()) as holder, closing(_connect()) as writer:
        # The slow publisher holds the lock; the second one waits and then sees the newer value.
        with holder.cursor() as slow:
            slow.execute("SELECT pg_advisory_xact_lock(%s)", [publication.PUBLISHER_LOCK])
            with writer.cursor() as cursor:
                _rename(cursor, published_site, "first")
            writer.commit()
            waiting = _in_thread(lambda: publish_pending())
            _wait_until(lambda: _publishers_waiting() == 1)
            with writer.cursor() as cursor:
                _rename(cursor, published_site, "second")
            writer.commit()
        holder.commit()
        waiting.join(10)
    publish_pending()
    assert PublishedRecord.objects.get(kind="project").title == "second"
    assert versions_of(published_site.project)[-1].items["name"] == "second"


def test_a_change_committed_while_its_key_is_consumed_is_published_next(
    published_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue has no unique key: a change during the publication leaves a key of its own."""
    original = publication._publish_keys

    def slow(cursor: Any, kind: str, keys: list[Any]) -> Any:
        done = original(cursor, kind, keys)
        if kind == "project":
            with closing(_connect()) as other, other.cursor() as writer:
                _rename(writer, published_site, "meanwhile")
                other.commit()
        return done

    with connection.cursor() as cursor:
        _rename(cursor, published_site, "before")
    monkeypatch.setattr(publication, "_publish_keys", slow)
    publish_pending()
    monkeypatch.undo()
    assert DisclosureQueue.objects.filter(kind="project").exists()
    publish_pending()
    names = [version.items["name"] for version in versions_of(published_site.project)]
    assert names[-2:] == ["before", "meanwhile"]


def test_a_publisher_that_dies_loses_and_doubles_nothing(
    published_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        _rename(cursor, published_site, "killed")
    monkeypatch.setattr(
        publication, "_count_publication", lambda *_: (_ for _ in ()).throw(RuntimeError("killed"))
    )
    with pytest.raises(RuntimeError, match="killed"):
        publish_pending()
    monkeypatch.undo()
    assert PublishedRecord.objects.get(kind="project").title != "killed"
    publish_pending()
    publish_pending()
    names = [version.items["name"] for version in versions_of(published_site.project)]
    assert names.count("killed") == 1


def test_many_publishers_at_once_publish_each_change_once(published_site: Site) -> None:
    with connection.cursor() as cursor:
        for number in range(20):
            _rename(cursor, published_site, f"name {number}")
    before = PublishedVersion.objects.count()
    threads = [_in_thread(lambda: publish_pending()) for _ in range(4)]
    for thread in threads:
        thread.join(20)
    assert PublishedVersion.objects.count() == before + 1
    assert not DisclosureQueue.objects.exists()
    assert PublishedRecord.objects.get(kind="project").title == "name 19"


def test_an_uncommitted_change_is_not_published(published_site: Site) -> None:
    with closing(_connect()) as writer:
        with writer.cursor() as cursor:
            _rename(cursor, published_site, "uncommitted")
        publish_pending()
        assert PublishedRecord.objects.get(kind="project").title != "uncommitted"
        writer.rollback()
    assert publish_pending().versions == 0
