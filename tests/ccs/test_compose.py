"""The compose file, read: no container engine is needed for these."""

import re

import pytest
import yaml
from django.conf import settings

BASE = settings.BASE_DIR


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((BASE / "docker-compose.yml").read_text(encoding="utf-8"))


def test_every_part_of_the_system_is_a_service(compose):
    parts = {"postgres", "redis", "migrate", "web", "worker", "beat", "sweep"}
    assert set(compose["services"]) == parts


def test_every_running_service_has_a_health_check(compose):
    # The web server's stands in the Dockerfile; the migration ends.
    unchecked = {
        name for name, service in compose["services"].items() if "healthcheck" not in service
    }
    assert unchecked == {"web"}
    assert "HEALTHCHECK" in (BASE / "Dockerfile").read_text(encoding="utf-8")


def test_no_secret_stands_in_the_file(compose):
    text = (BASE / "docker-compose.yml").read_text(encoding="utf-8")
    named = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET_KEY))([^}]*)\}", text)
    assert named
    assert all(rest.startswith(":?") for _name, rest in named)


def test_the_example_names_every_variable_that_must_be_given():
    text = (BASE / "docker-compose.yml").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\$\{(\w+):\?", text))
    example = (BASE / ".env.example").read_text(encoding="utf-8")
    assert wanted <= set(re.findall(r"^(\w+)=", example, flags=re.MULTILINE))


def test_only_the_migration_knows_the_owners_password(compose):
    knowing = {
        name
        for name, service in compose["services"].items()
        if "OWNER_DATABASE_URL" in service.get("environment", {})
    }
    assert knowing == {"migrate"}


def test_no_port_of_database_or_broker_is_open_to_the_outside(compose):
    assert not any("ports" in compose["services"][name] for name in ("postgres", "redis"))
    assert compose["services"]["postgres"]["networks"] == ["inside"]
    assert compose["networks"]["inside"] == {"internal": True}
