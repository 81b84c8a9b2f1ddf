"""The API's limits: counted in the broker, by address and by person, and never in the way."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from ccs import throttles
from ccs.environment import Environment
from ccs.models import User
from ccs.processes import free_port
from ccs.services.tokens import issue_token
from ccs.throttles import AddressThrottle, Counter, counter

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 20, 12, 0, 20, tzinfo=datetime.UTC)
LIMIT = 12


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> Iterator[None]:
    settings.API_LIMIT_PER_ADDRESS = settings.API_LIMIT_PER_PERSON = LIMIT
    with time_machine.travel(NOW, tick=False):
        yield
    counter.cache_clear()


@pytest.fixture
def address() -> str:
    """A network that no other test, nor an earlier run, has counted."""
    words = [secrets.token_hex(2) for _word in range(2)]
    return f"2001:db8:{':'.join(words)}::1"


def ask(address: str, client: Client | None = None, name: str = "api-areas", **extra: Any) -> Any:
    return (client or Client()).get(reverse(name), REMOTE_ADDR=address, **extra)


def test_the_limit_is_answered_and_the_next_refused_as_problem_details(address: str) -> None:
    assert {ask(address).status_code for _request in range(LIMIT)} == {200}
    answer = ask(address)
    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "40"
    body = answer.json()
    assert body["status"] == 429 and body["type"] == "about:blank" and "40" in body["detail"]


def test_a_refusal_is_not_kept_by_caches_and_sets_no_cookie(address: str) -> None:
    answers = [ask(address) for _request in range(LIMIT + 1)]
    assert "public" in answers[0].headers["Cache-Control"] and "ETag" in answers[0].headers
    assert answers[-1].headers["Cache-Control"] == "no-store" and "ETag" not in answers[-1].headers
    assert not any(answer.cookies for answer in answers)
    assert not any("cookie" in answer.headers.get("Vary", "").lower() for answer in answers)


def test_the_next_minute_is_answered_again(address: str) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _request in range(LIMIT):
            ask(address)
        assert ask(address).status_code == 429
        clock.shift(int(ask(address).headers["Retry-After"]))
        assert ask(address).status_code == 200


def test_an_unchanged_answer_is_neither_counted_nor_refused(address: str) -> None:
    tag = ask(address).headers["ETag"]
    unchanged = {"headers": {"if-none-match": tag}}
    assert {ask(address, **unchanged).status_code for _request in range(3 * LIMIT)} == {304}
    for _request in range(LIMIT):
        ask(address)
    assert ask(address).status_code == 429
    assert ask(address, **unchanged).status_code == 304


def test_an_ipv6_network_counts_as_one_and_others_by_themselves(address: str) -> None:
    for number in range(LIMIT):
        ask(address.replace("::1", f"::{number:x}"))
    assert ask(address).status_code == 429
    assert ask(f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1").status_code == 200


def test_a_forged_forwarding_header_buys_no_requests(address: str) -> None:
    for number in range(LIMIT):
        ask(address, headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert ask(address, headers={"x-forwarded-for": "198.51.100.7"}).status_code == 429


def test_pages_of_the_portal_are_not_counted(address: str) -> None:
    answers = [Client().get("/en/", REMOTE_ADDR=address) for _request in range(LIMIT + 3)]
    assert {answer.status_code for answer in answers} == {200}


def test_people_and_their_keys_are_counted_each_by_itself(address: str) -> None:
    people = [
        User.objects.create_user(f"p{secrets.token_hex(4)}", name="이") for _person in range(2)
    ]
    _token, key = issue_token(user=people[0], name="script", days=1)
    _token, second = issue_token(user=people[0], name="another", days=1)
    by_key = {"headers": {"authorization": f"Token {key}"}}
    for _request in range(LIMIT):
        assert ask(address, name="api-pmis-projects", **by_key).status_code == 200
    answer = ask(address, name="api-pmis-projects", **by_key)
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "40"
    other_key = {"headers": {"authorization": f"Token {second}"}}
    assert ask(address, name="api-pmis-projects", **other_key).status_code == 200
    for person in people:
        client = Client()
        client.force_login(person)
        assert ask(address, client, "api-pmis-projects").status_code == 200


def test_nobody_unnamed_is_counted_at_the_working_api(address: str) -> None:
    answers = [ask(address, name="api-pmis-projects") for _request in range(LIMIT + 3)]
    assert {answer.status_code for answer in answers} == {401}


def test_without_a_broker_everything_is_answered_and_it_is_left_alone_a_while(
    address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    tried: list[int] = []
    broker = counter(settings.REDIS_URL)._broker
    pipeline = broker.pipeline
    monkeypatch.setattr(broker, "pipeline", lambda: tried.append(1) or pipeline())
    assert {ask(address).status_code for _request in range(LIMIT + 5)} == {200}
    assert len(tried) == 1
    monkeypatch.setattr(throttles, "PAUSE_S", 0.0)
    broken = Counter(settings.REDIS_URL)
    assert [broken.count("x", 1), broken.count("x", 1)] == [0, 0]


def test_a_broker_that_comes_back_is_counted_with_again(
    address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "PAUSE_S", 0.0)
    shared = counter(settings.REDIS_URL)
    pipeline = shared._broker.pipeline

    def down() -> Any:
        raise OSError("no broker")

    monkeypatch.setattr(shared._broker, "pipeline", down)
    assert shared.count(address, 7) == 0
    monkeypatch.setattr(shared._broker, "pipeline", pipeline)
    assert [shared.count(address, 7), shared.count(address, 7)] == [1, 2]


def test_the_broker_forgets_and_knows_no_address(address: str, rf: Any, settings: Any) -> None:
    throttle = AddressThrottle()
    asker = throttle.asker(rf.get("/", REMOTE_ADDR=address))
    assert address.split("::")[0] not in asker
    assert throttle.allow_request(rf.get("/", REMOTE_ADDR=address), None)
    broker = counter(settings.REDIS_URL)._broker
    names = list(broker.scan_iter(f"ccs:requests:{asker}:*"))
    assert len(names) == 1 and 0 < broker.ttl(names[0]) <= 2 * throttles.WINDOW_S


def test_zero_means_no_limit_and_no_known_address_is_never_refused(
    address: str, rf: Any, settings: Any
) -> None:
    unknown = rf.get("/", REMOTE_ADDR="")
    assert all(AddressThrottle().allow_request(unknown, None) for _request in range(LIMIT + 3))
    settings.API_LIMIT_PER_ADDRESS = 0
    assert {ask(address).status_code for _request in range(LIMIT + 3)} == {200}


@pytest.mark.parametrize("value", ["-1", "5", "many", "1e3", "2000000", "100/min"])
@pytest.mark.parametrize("name", ["CCS_API_LIMIT_PER_ADDRESS", "CCS_API_LIMIT_PER_PERSON"])
def test_limits_that_cannot_be_right_stop_the_start(tmp_path: Any, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment(tmp_path, {"CCS_TESTING": "1", name: value}).limit(name, 600)


def test_limits_are_taken_from_the_environment(tmp_path: Any) -> None:
    name = "CCS_API_LIMIT_PER_ADDRESS"
    for value, limit in (("0", 0), ("10", 10), ("1000000", 1_000_000)):
        assert Environment(tmp_path, {"CCS_TESTING": "1", name: value}).limit(name, 600) == limit
    assert Environment(tmp_path, {"CCS_TESTING": "1"}).limit(name, 600) == 0
    assert Environment(tmp_path, {"CCS_DATA_DIR": str(tmp_path)}).limit(name, 600) == 600


def test_description_of_the_api_names_the_refusal_everywhere() -> None:
    document = SchemaGenerator(api_version="v1").get_schema(request=None, public=True)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 20
    for operation in operations:
        assert "Retry-After" in operation["responses"]["429"]["headers"]
    assert "Problem" in document["components"]["schemas"]
