import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ccs.environment import (
    ALIAS_ROLES,
    Environment,
    Keys,
    parse_database_url,
    parse_mail_url,
    read_settings_file,
)

SECRET = "k7" * 25
PRODUCTION = {
    "CCS_ENV": "production",
    "CCS_SECRET_KEY": SECRET,
    "CCS_ALLOWED_HOSTS": "build.example.go.kr",
    "CCS_MAIL_URL": "smtp://mail.example.go.kr",
    "DATABASE_URL": "postgresql://ccs_app:a@db/ccs",
}


@pytest.fixture
def environment(tmp_path):
    def make(**values):
        return Environment(tmp_path, {"CCS_DATA_DIR": str(tmp_path / "data"), **values})

    return make


def refusal(call):
    with pytest.raises(ImproperlyConfigured) as caught:
        call()
    return str(caught.value)


def test_nothing_given_means_an_embedded_demonstration(environment):
    env = environment()
    assert env.embedded and not env.in_production and not env.debug
    assert env.port == 8000


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("CCS_ENV", "staging", lambda env: env),
        ("CCS_DEBUG", "maybe", lambda env: env),
        ("CCS_SERVE", "both", lambda env: env),
        ("CCS_PORT", "http", lambda env: env.port),
        ("CCS_PORT", "70000", lambda env: env.port),
        ("CCS_TIME_ZONE", "Seoul", lambda env: env.time_zone("UTC")),
        ("CCS_TIME_ZONE", "../../etc/passwd", lambda env: env.time_zone("UTC")),
        ("CCS_TRUSTED_ORIGINS", "example.kr", lambda env: env.trusted_origins),
        ("DATABASE_URL", "mysql://a@b/c", lambda env: env.databases()),
        ("DATABASE_URL", "postgresql://a@b:port/c", lambda env: env.databases()),
        ("REDIS_URL", "http://broker", lambda env: env.redis_url),
        ("CCS_MAIL_URL", "mail.example.kr", lambda env: env.mail()),
    ],
)
def test_a_bad_value_is_refused_by_name(environment, name, value, read):
    sentence = refusal(lambda: read(environment(**{name: value})))
    assert name in sentence and sentence.endswith(".")


def test_a_refusal_never_repeats_a_password(environment):
    url = "mysql://user:hunter2@host/name"
    assert "hunter2" not in refusal(lambda: environment(DATABASE_URL=url).databases())
    assert "hunter2" not in refusal(lambda: environment(CCS_MAIL_URL=url).mail())


def test_production_runs_with_safe_values(environment):
    env = environment(**PRODUCTION)
    assert env.in_production and env.secret_key == SECRET
    assert env.choice("CCS_DEMO", "seoul", ("seoul", "none")) == "none"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CCS_SECRET_KEY", ""),
        ("CCS_SECRET_KEY", "short"),
        ("CCS_SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("CCS_SECRET_KEY", "django-insecure-0123456789012345678901234567890"),
        ("CCS_DEBUG", "1"),
        ("CCS_ALLOWED_HOSTS", ""),
        ("CCS_ALLOWED_HOSTS", "build.example.go.kr,*"),
        ("CCS_DEMO", "seoul"),
        ("CCS_DEMO", "philippines"),
    ],
)
def test_production_refuses_what_is_unsafe(environment, name, value):
    assert name in refusal(lambda: environment(**{**PRODUCTION, name: value}))


def test_production_must_say_where_mail_goes(environment):
    env = environment(**{**PRODUCTION, "CCS_MAIL_URL": ""})
    assert "CCS_MAIL_URL" in refusal(env.mail)


def test_embedded_production_generates_its_secret(environment):
    env = environment(**{**PRODUCTION, "DATABASE_URL": "", "CCS_SECRET_KEY": ""})
    assert len(env.secret_key) >= 43


def test_settings_file_is_read_and_the_environment_wins(environment, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "settings.env").write_text("# a note\nCCS_PORT=9001\nCCS_SITE_NAME='A town'\n")
    assert environment().port == 9001
    assert environment().text("CCS_SITE_NAME") == "A town"
    assert environment(CCS_PORT="9002").port == 9002


def test_settings_file_is_not_read_while_testing(environment, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "settings.env").write_text("CCS_PORT=9001\n")
    assert environment(CCS_TESTING="1").port == 8000


def test_a_broken_line_of_the_settings_file_is_named(tmp_path):
    path = tmp_path / "settings.env"
    path.write_text("CCS_PORT=1\nwhatever\n")
    assert "Line 2" in refusal(lambda: read_settings_file(path))


def test_every_alias_has_its_own_role_when_embedded(environment):
    databases = environment().databases()
    assert {alias: database["USER"] for alias, database in databases.items()} == ALIAS_ROLES
    assert len({database["PASSWORD"] for database in databases.values()}) == len(ALIAS_ROLES)


def test_addresses_of_the_aliases_are_used_where_given(environment):
    databases = environment(
        DATABASE_URL="postgresql://ccs_app:a@primary/ccs",
        PORTAL_DATABASE_URL="postgresql://ccs_portal:p@replica:6432/ccs?sslmode=require",
        CCS_PUBLISHER_PASSWORD="pw",
    ).databases()
    assert databases["portal"]["HOST"] == "replica" and databases["portal"]["PORT"] == "6432"
    assert databases["portal"]["OPTIONS"] == {"sslmode": "require"}
    assert databases["publisher"]["USER"] == "ccs_publisher"
    assert databases["publisher"]["PASSWORD"] == "pw"
    assert databases["owner"]["USER"] == "ccs_app"


def test_an_alias_without_a_password_takes_its_role_after_connecting(environment):
    databases = environment(DATABASE_URL="postgresql://admin:a@db/ccs").databases()
    assert databases["citizen"]["OPTIONS"]["options"] == "-c role=ccs_citizen"
    assert databases["citizen"]["USER"] == "admin"
    assert databases["default"]["OPTIONS"] == {}


def test_a_portal_process_holds_only_the_portals_passwords(environment):
    databases = environment(
        CCS_SERVE="portal",
        PORTAL_DATABASE_URL="postgresql://ccs_portal:p@replica/ccs",
        CITIZEN_DATABASE_URL="postgresql://ccs_citizen:c@primary/ccs",
    ).databases()
    users = {alias: database["USER"] for alias, database in databases.items()}
    assert users == {"default": "ccs_portal", "portal": "ccs_portal", "citizen": "ccs_citizen"}


def test_a_portal_process_refuses_the_working_password(environment):
    env = environment(
        CCS_SERVE="portal",
        DATABASE_URL="postgresql://ccs_app:a@db/ccs",
        PORTAL_DATABASE_URL="postgresql://ccs_portal:p@db/ccs",
    )
    assert "DATABASE_URL" in refusal(env.databases)


def test_an_embedded_portal_process_reads_only_as_the_portal(environment):
    databases = environment(CCS_SERVE="portal").databases()
    assert {database["USER"] for database in databases.values()} == {"ccs_portal", "ccs_citizen"}


def test_all_aliases_are_one_connection_while_testing(environment):
    databases = environment(
        CCS_TESTING="1", DATABASE_URL="postgresql://postgres:x@h:1/postgres"
    ).databases()
    assert set(databases) == set(ALIAS_ROLES)
    assert len({str(sorted(database.items(), key=str)) for database in databases.values()}) == 1
    assert databases["default"]["TEST"]["NAME"] == "test_ccs"


def test_database_address_takes_sockets_and_encoded_passwords():
    database = parse_database_url("X", "postgres://me:p%40ss%2F@/ccs?host=/run/postgresql")
    assert (database["HOST"], database["PASSWORD"]) == ("/run/postgresql", "p@ss/")


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://mail.kr", 25, False, False),
        ("smtp://me:pw@mail.kr", 587, False, True),
        ("smtp://me:pw@mail.kr?tls=0", 587, False, False),
        ("smtps://me:pw@mail.kr", 465, True, False),
        ("smtp://me:pw@mail.kr:2525", 2525, False, True),
    ],
)
def test_mail_address_says_port_and_encryption(url, port, ssl, tls):
    mail = parse_mail_url(url)
    assert (mail["EMAIL_PORT"], mail["EMAIL_USE_SSL"], mail["EMAIL_USE_TLS"]) == (port, ssl, tls)


def test_demonstration_mail_goes_to_the_outbox(environment, tmp_path):
    mail = environment().mail()
    assert mail["EMAIL_FILE_PATH"] == str(tmp_path / "data" / "outbox")


def test_a_generated_secret_stays_and_is_private(tmp_path):
    keys = Keys(tmp_path / "keys")
    first = keys.get("secret_key")
    assert keys.get("secret_key") == first != keys.get("broker")
    assert stat.S_IMODE((tmp_path / "keys" / "secret_key").stat().st_mode) == 0o600
    assert sorted(path.name for path in Path(keys.folder).iterdir()) == ["broker", "secret_key"]
