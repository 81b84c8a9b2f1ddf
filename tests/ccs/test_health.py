import datetime

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ccs import health
from ccs.models import Heartbeat

pytestmark = pytest.mark.django_db


def seen(name, seconds_ago):
    Heartbeat.objects.update_or_create(
        name=name,
        defaults={"seen_at": timezone.now() - datetime.timedelta(seconds=seconds_ago)},
    )


@pytest.fixture
def all_well(monkeypatch):
    monkeypatch.setattr(health, "check_broker", lambda: {"ok": True})
    for name in ("worker", "sweep"):
        seen(name, 3)


def test_healthz_answers_without_asking_anything(client):
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/healthz")
    assert answer.content == b"ok" and not answer.cookies
    # The tests change the role for a public page; nothing else is said to the database.
    assert all(" ROLE " in f" {query['sql']} " for query in asked)


def test_readyz_says_ok_while_everything_was_seen(client, all_well):
    answer = client.get("/readyz")
    assert answer.status_code == 200 and not answer.cookies
    assert answer.json()["status"] == "ok"


@pytest.mark.parametrize("name", ["worker", "sweep"])
@pytest.mark.parametrize(("age", "ok"), [(25, True), (35, False)])
def test_a_process_unseen_for_thirty_seconds_is_down(client, all_well, name, age, ok):
    seen(name, age)
    answer = client.get("/readyz").json()
    assert answer["checks"][name]["ok"] is ok
    assert answer["status"] == ("ok" if ok else "degraded")


def test_a_worker_never_seen_is_down(client, all_well):
    Heartbeat.objects.filter(name="worker").delete()
    check = client.get("/readyz").json()["checks"]["worker"]
    assert check == {"ok": False, "seen_at": None, "age_s": None}


def test_a_missing_broker_degrades_but_pages_serve(client, all_well, monkeypatch, settings):
    monkeypatch.undo()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["broker"] == {"ok": False}


def test_a_missing_database_is_503(client, all_well, monkeypatch):
    class Gone:
        def cursor(self):
            raise DatabaseError

    monkeypatch.setattr(health, "connections", {"default": Gone()})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "down", "checks": {"database": {"ok": False}}}


def test_the_age_of_the_newest_backup_is_told(client, all_well):
    assert client.get("/readyz").json()["checks"]["backup"] == {"newest_age_s": None}
    seen("backup", 3600)
    assert client.get("/readyz").json()["checks"]["backup"]["newest_age_s"] >= 3600


def test_a_heart_beats_in_one_row():
    for _ in range(3):
        health.beat_heart("worker")
    assert Heartbeat.objects.filter(name="worker").count() == 1
