"""What differs between machines: environment variables, read once and checked at start.

Values come from the process environment and from `settings.env` in the data folder (written by
`./run setup`); the environment wins. A value that cannot be right raises ImproperlyConfigured
with a sentence that names the variable, the value and what is allowed. The variables are listed
in `docs/operations.md`. This module imports no settings, so the embedded servers can use it too.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

from ccs.keys import Keys

#: Database role of each alias (docs/architecture.md, "Who may read what").
ALIAS_ROLES = {
    "default": "ccs_app",
    "publisher": "ccs_publisher",
    "portal": "ccs_portal",
    "citizen": "ccs_citizen",
    "owner": "ccs_owner",
}
#: The embedded cluster's first role; it only makes the database and `ccs_owner`.
SUPERUSER = "ccs_superuser"
DATABASE_NAME = "ccs"
#: File of the data folder that names the demonstration it holds.
DEMO_RECORD = "demonstration"
#: Values that stand in examples and are therefore no secrets.
WELL_KNOWN_SECRETS = ("change-me", "changeme", "django-insecure", "secret", "example")
MINIMUM_SECRET_LENGTH = 32
TESTING_SECRET = "only-for-the-tests-and-never-for-a-server-0000000000"  # noqa: S105
YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off", "")


class Environment:
    """Read and check the values a process starts with.

    `values` replaces the process environment (for tests); `settings.env` is still read from the
    data folder unless the process is testing.
    """

    def __init__(self, base_dir: Path, values: Mapping[str, str] | None = None) -> None:
        given = dict(os.environ if values is None else values)
        #: Names that the process environment gives (and not only `settings.env`).
        self.given = frozenset(given)
        self.base_dir = Path(base_dir)
        self.testing = given.get("CCS_TESTING", "").lower() in YES or (
            values is None and "pytest" in sys.modules
        )
        self.data_dir = Path(given.get("CCS_DATA_DIR") or self.base_dir / "var").resolve()
        if not self.testing:
            given = {**read_settings_file(self.data_dir / "settings.env"), **given}
        self._values = given
        self.in_production = (
            self.choice("CCS_ENV", "demonstration", ("demonstration", "production")) == "production"
        )
        self.serves_portal_only = (
            self.choice("CCS_SERVE", "all", ("all", "office", "portal")) == "portal"
        )
        self.debug = self.flag("CCS_DEBUG", False)
        if self.in_production:
            self._refuse_unsafe_production()

    # -- Plain values ----------------------------------------------------------------------

    def text(self, name: str, default: str = "") -> str:
        """Return the value without surrounding spaces; an empty value counts as not given."""
        return self._values.get(name, "").strip() or default

    def flag(self, name: str, default: bool) -> bool:
        """Return a yes or no; raises ImproperlyConfigured for anything else."""
        if name not in self._values:
            return default
        value = self._values[name].strip()
        if value.lower() in YES:
            return True
        if value.lower() in NO:
            return False
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0 (yes or no).")

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of `choices`; raises ImproperlyConfigured for anything else."""
        value = self.text(name, default)
        if value not in choices:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it must be one of: {', '.join(choices)}."
            )
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`; raises ImproperlyConfigured otherwise."""
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it must be a whole number from {least} to {most}."
            )
        return int(value)

    def limit(self, name: str, default: int) -> int:
        """Return a number of requests a minute: 0 (none) or 10 to 1,000,000.

        The tests share one address and would stop each other: there the default is 0.
        """
        if self.text(name) == "0" or (self.testing and not self.text(name)):
            return 0
        return self.number(name, default, 10, 1_000_000)

    def listed(self, name: str) -> list[str]:
        """Return the parts of a comma-separated value."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def time_zone(self, default: str) -> str:
        """Return CCS_TIME_ZONE, a name of the IANA time zone database."""
        value = self.text("CCS_TIME_ZONE", default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ImproperlyConfigured(
                f"CCS_TIME_ZONE is {value!r}; it must be a name such as Asia/Seoul."
            ) from None
        return value

    # -- Folders, secrets, hosts -----------------------------------------------------------

    @property
    def files_dir(self) -> Path:
        """Folder of the uploaded originals (`private`) and of the public copies (`public`)."""
        return Path(self.text("CCS_FILES_DIR") or self.data_dir / "files").resolve()

    @property
    def port(self) -> int:
        """TCP port of the web server."""
        return self.number("CCS_PORT", 8000, 1, 65535)

    @property
    def embedded(self) -> bool:
        """Whether this installation runs its own PostgreSQL and broker."""
        return not (self.text("DATABASE_URL") or self.text("PORTAL_DATABASE_URL"))

    @property
    def keys(self) -> Keys:
        """The generated secrets of this data folder."""
        return Keys(self.data_dir / "keys")

    @property
    def secret_key(self) -> str:
        """Django's signing key: CCS_SECRET_KEY, else one generated once in the data folder."""
        if given := self.text("CCS_SECRET_KEY"):
            return given
        return TESTING_SECRET if self.testing else self.keys.get("secret_key")

    @property
    def allowed_hosts(self) -> list[str]:
        """Host names this installation answers to."""
        return self.listed("CCS_ALLOWED_HOSTS") or [".localhost", "127.0.0.1", "[::1]"]

    @property
    def trusted_origins(self) -> list[str]:
        """Origins (scheme and host) whose forms are accepted behind a proxy."""
        origins = self.listed("CCS_TRUSTED_ORIGINS")
        for origin in origins:
            if not origin.startswith(("https://", "http://")):
                raise ImproperlyConfigured(
                    f"CCS_TRUSTED_ORIGINS holds {origin!r}; each must begin with https:// or http://."
                )
        return origins

    @property
    def oidc_issuer(self) -> str:
        """Address of the office's identity provider; empty without one.

        Raises ImproperlyConfigured for what is no address, for plain http in production, and where
        the client's id or secret is missing.
        """
        if not (issuer := self.text("CCS_OIDC_ISSUER").rstrip("/")):
            return ""
        schemes = ("https",) if self.in_production else ("https", "http")
        if urlsplit(issuer).scheme not in schemes or not urlsplit(issuer).hostname:
            raise ImproperlyConfigured(
                f"CCS_OIDC_ISSUER is {without_password(issuer)!r}; it must look like "
                "https://id.example.org."
            )
        for name in ("CCS_OIDC_CLIENT_ID", "CCS_OIDC_CLIENT_SECRET"):
            if not self.text(name):
                raise ImproperlyConfigured(f"{name} is not set; CCS_OIDC_ISSUER needs it.")
        return issuer

    def _refuse_unsafe_production(self) -> None:
        secret = self.text("CCS_SECRET_KEY")
        if not secret and not self.embedded:
            raise ImproperlyConfigured(
                "CCS_SECRET_KEY is not set; production needs at least "
                f"{MINIMUM_SECRET_LENGTH} random characters, the same on every web server."
            )
        if secret and (
            len(secret) < MINIMUM_SECRET_LENGTH or secret.lower().startswith(WELL_KNOWN_SECRETS)
        ):
            raise ImproperlyConfigured(
                "CCS_SECRET_KEY is an example or too short; production needs at least "
                f"{MINIMUM_SECRET_LENGTH} random characters."
            )
        if self.debug:
            raise ImproperlyConfigured("CCS_DEBUG is 1; production does not run with DEBUG.")
        hosts = self.listed("CCS_ALLOWED_HOSTS")
        if not hosts or "*" in hosts:
            raise ImproperlyConfigured(
                f"CCS_ALLOWED_HOSTS is {','.join(hosts)!r}; production needs the host names it "
                "serves, separated by commas, and never *."
            )
        if self._values.setdefault("CCS_DEMO", "none").strip() != "none":
            raise ImproperlyConfigured(
                f"CCS_DEMO is {self._values['CCS_DEMO']!r}; production allows only none, because "
                "the demonstration accounts have public passwords."
            )

    # -- Servers ---------------------------------------------------------------------------

    @property
    def redis_url(self) -> str:
        """Address of the broker, with its password."""
        if given := self.text("REDIS_URL"):
            if urlsplit(given).scheme not in ("redis", "rediss", "redis+socket", "unix"):
                raise ImproperlyConfigured(
                    f"REDIS_URL is {without_password(given)!r}; it must look like "
                    "redis://:password@host:6379/0."
                )
            return given
        if not self.embedded or self.testing:
            return "redis://127.0.0.1:6379/0"
        port = read_ports(self.data_dir)["broker"]
        return f"redis://:{self.keys.get('broker')}@127.0.0.1:{port}/0"

    def databases(self) -> dict[str, dict[str, Any]]:
        """Return Django's DATABASES: one alias per database role.

        While testing, all aliases are the same superuser connection (the tests change the role
        themselves), and the test database is `test_ccs`.
        """
        if self.testing:
            return self._testing_databases()
        if self.embedded:
            return self._embedded_databases()
        if self.serves_portal_only:
            return self._portal_databases()
        aliases = {alias: self._external_database(alias) for alias in ALIAS_ROLES}
        aliases["owner"]["CONN_MAX_AGE"] = 0
        return aliases

    def _testing_databases(self) -> dict[str, dict[str, Any]]:
        if not (url := self.text("DATABASE_URL")):
            raise ImproperlyConfigured(
                "DATABASE_URL is not set; run the tests with ./run test, which starts a "
                "throw-away database, or give the address of a server's superuser."
            )
        aliases = {alias: parse_database_url("DATABASE_URL", url) for alias in ALIAS_ROLES}
        for database in aliases.values():
            database |= {"CONN_MAX_AGE": 0, "TEST": {"NAME": "test_ccs"}}
        return aliases

    def _embedded_databases(self) -> dict[str, dict[str, Any]]:
        names = ("portal", "citizen") if self.serves_portal_only else tuple(ALIAS_ROLES)
        port = read_ports(self.data_dir)["postgresql"]
        aliases = {
            alias: database_settings(
                name=DATABASE_NAME,
                user=ALIAS_ROLES[alias],
                password=self.keys.get(ALIAS_ROLES[alias]),
                host="127.0.0.1",
                port=str(port),
            )
            for alias in names
        }
        if self.serves_portal_only:
            aliases["default"] = {**aliases["portal"]}
        else:
            aliases["owner"]["CONN_MAX_AGE"] = 0
        return aliases

    def _portal_databases(self) -> dict[str, dict[str, Any]]:
        # SECURITY: a portal process is given no password but the portal's and the citizens'.
        if self.text("DATABASE_URL") or not self.text("PORTAL_DATABASE_URL"):
            raise ImproperlyConfigured(
                "CCS_SERVE is 'portal'; such a process needs PORTAL_DATABASE_URL and must not be "
                "given DATABASE_URL."
            )
        portal = self._external_database("portal")
        citizen = portal
        if self.text("CITIZEN_DATABASE_URL"):
            citizen = self._external_database("citizen")
        return {"default": {**portal}, "portal": {**portal}, "citizen": {**citizen}}

    def _external_database(self, alias: str) -> dict[str, Any]:
        """Return one alias of a server given by address.

        An alias without an address of its own uses DATABASE_URL with its own role and password
        (CCS_PORTAL_PASSWORD …) or, without that, takes its role after connecting. The owner
        without an address connects as DATABASE_URL says.
        """
        variable = "DATABASE_URL" if alias == "default" else f"{alias.upper()}_DATABASE_URL"
        if url := self.text(variable):
            return parse_database_url(variable, url)
        if not self.text("DATABASE_URL"):
            raise ImproperlyConfigured(
                f"{variable} and DATABASE_URL are not set; give at least DATABASE_URL."
            )
        database = parse_database_url("DATABASE_URL", self.text("DATABASE_URL"))
        role = ALIAS_ROLES[alias]
        if password := self.text(f"CCS_{alias.upper()}_PASSWORD"):
            return {**database, "USER": role, "PASSWORD": password}
        if alias != "owner":
            options = f"{database['OPTIONS'].get('options', '')} -c role={role}".strip()
            database["OPTIONS"] = {**database["OPTIONS"], "options": options}
        return database

    def mail(self) -> dict[str, Any]:
        """Return Django's mail settings from CCS_MAIL_URL and CCS_MAIL_FROM.

        Without CCS_MAIL_URL a demonstration writes its mail to files in the data folder, shown
        on the outbox page; production must say where mail goes.
        """
        sender = self.text("CCS_MAIL_FROM", "Clean Construction System <noreply@localhost>")
        common = {"DEFAULT_FROM_EMAIL": sender, "SERVER_EMAIL": sender}
        if url := self.text("CCS_MAIL_URL"):
            return common | parse_mail_url(url)
        if self.in_production:
            raise ImproperlyConfigured(
                "CCS_MAIL_URL is not set; production needs smtp://user:password@host:587 or, to "
                "send no mail at all, none:."
            )
        return common | {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(self.data_dir / "outbox"),
        }


def read_settings_file(path: Path) -> dict[str, str]:
    """Return the KEY=VALUE lines of `path`; empty where there is no such file.

    Lines that are empty or begin with # are skipped, quotes around a value are taken off.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    values = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = line.partition("=")
        if not sign or not name.strip().isidentifier():
            raise ImproperlyConfigured(
                f"Line {number} of {path.name} is {line!r}; it must look like NAME=value."
            )
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name.strip()] = value
    return values


def ports_file(data_dir: Path) -> Path:
    """Return the file in which the embedded servers' ports stand while they run and after."""
    return data_dir / "run" / "ports.json"


def read_ports(data_dir: Path) -> dict[str, int]:
    """Return the ports of the embedded servers; 0 (nothing there) before their first start."""
    ports = {"postgresql": 0, "broker": 0}
    try:
        return ports | json.loads(ports_file(data_dir).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return ports


def without_password(url: str) -> str:
    """Return an address fit for a message."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def database_settings(**values: Any) -> dict[str, Any]:
    """Return one entry of Django's DATABASES for PostgreSQL."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {},
        **{name.upper(): value for name, value in values.items()},
    }


def parse_database_url(variable: str, url: str) -> dict[str, Any]:
    """Return the database that an address such as postgresql://user:password@host:5432/ccs names.

    A socket folder is given as `?host=/run/postgresql`; other parameters (sslmode …) go to libpq.
    """
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:
        parts, port = urlsplit(""), ""
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name or "/" in name:
        raise ImproperlyConfigured(
            f"{variable} is {without_password(url)!r}; it must look like "
            "postgresql://user:password@host:5432/database."
        )
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return database_settings(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=host,
        port=options.pop("port", "") or port,
        options=options,
    )


def parse_mail_url(url: str) -> dict[str, Any]:
    """Return Django's mail settings for smtp:, smtps:, console: or none:.

    `smtp://` uses STARTTLS when it carries a user, unless `?tls=0` says otherwise.
    """
    plain = {"none": "dummy", "console": "console"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme in plain:
        return {"EMAIL_BACKEND": f"django.core.mail.backends.{plain[parts.scheme]}.EmailBackend"}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured(
            f"CCS_MAIL_URL is {without_password(url)!r}; it must look like "
            "smtp://user:password@host:587, smtps://…, console: or none:."
        )
    secure = parts.scheme == "smtps"
    wanted = dict(parse_qsl(parts.query)).get("tls", "1" if parts.username else "0")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if secure else 587 if parts.username else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": not secure and wanted in YES,
        "EMAIL_TIMEOUT": 10,
    }


def main() -> int:
    """Check the environment; print the sentence and return 1 where something cannot be right."""
    try:
        environment = Environment(Path(__file__).resolve().parent.parent)
        environment.databases()
        environment.mail()
        environment.time_zone("UTC")
        _ = environment.redis_url, environment.port, environment.trusted_origins
        _ = environment.oidc_issuer
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
