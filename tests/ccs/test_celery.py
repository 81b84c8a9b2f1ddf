import os
import signal

import pytest

from ccs.celery import TIMETABLE, Nudger, app
from ccs.embedded import Broker


@pytest.fixture
def broker(tmp_path):
    server = Broker(tmp_path, throw_away=True)
    server.start()
    usual = app.conf.broker_url
    app.conf.broker_url = server.url
    yield server
    app.conf.broker_url = usual
    server.stop()


def test_every_task_of_the_timetable_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in TIMETABLE.values()} <= set(app.tasks)


def test_a_regular_task_expires_before_it_piles_up():
    for entry in TIMETABLE.values():
        assert entry["options"]["expires"] <= entry["schedule"]


def test_a_nudge_reaches_the_broker(broker):
    assert Nudger()("allimi.tasks.publish_pending")


def test_a_dead_broker_is_tried_once_and_then_left_alone(broker, caplog):
    broker.stop()
    nudge = Nudger()
    assert not nudge("allimi.tasks.publish_pending")
    assert not nudge("allimi.tasks.publish_pending")
    assert len([record for record in caplog.records if "did not take" in record.message]) == 1


def test_a_hanging_broker_does_not_hang_the_saver(broker):
    nudge = Nudger(pause=0)
    assert nudge("allimi.tasks.publish_pending")
    pid = broker.pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        assert not nudge("allimi.tasks.publish_pending")
    finally:
        os.kill(pid, signal.SIGCONT)
