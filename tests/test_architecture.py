"""Rules of the code that no single test of behaviour would notice being broken."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

ROOT = Path(settings.BASE_DIR)
OWN_APPS = ("ccs", "pmis", "allimi", "payments")
LONGEST_MODULE = 500
LONGEST_FUNCTION = 60
LOCK_FILES = ("requirements.txt", "requirements-dev.txt")
PO = ROOT / "locale" / "ko" / "LC_MESSAGES" / "django.po"
PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+?)(?: ;[^\\]*)? \\$", re.I | re.M)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def _modules() -> Iterator[Path]:
    for app in OWN_APPS:
        yield from sorted((ROOT / app).rglob("*.py"))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {
        _short(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in _modules()
        if "migrations" not in path.parts
    }
    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{_short(path)}:{function.name}": function.end_lineno - function.lineno + 1
        for path in _modules()
        if "migrations" not in path.parts
        for function in _functions(path)
        if function.end_lineno - function.lineno + 1 > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_model_overrides_save_or_delete() -> None:
    """Business rules stand in services and in the database, not where bulk writes pass them by."""
    for app in OWN_APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for parent in model.__mro__:
                if parent.__module__.split(".")[0] in OWN_APPS:
                    assert not {"save", "delete"} & set(vars(parent)), model


def test_no_business_rule_hangs_on_a_signal() -> None:
    allowed = {"pre_migrate", "post_migrate"}
    for path in _modules():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("signals"):
                if (node.module or "").startswith("django.db"):
                    assert {name.name for name in node.names} <= allowed, _short(path)
                assert not {name.name for name in node.names} & {"post_save", "pre_save"}


def test_money_and_quantities_are_never_floats() -> None:
    for app in ("pmis", "payments"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, models.FloatField):
                    assert field.name in ("longitude", "latitude"), f"{model.__name__}.{field}"
                if field.name.endswith("_amount") or field.name == "amount":
                    assert isinstance(field, models.BigIntegerField), f"{model.__name__}.{field}"


def test_nothing_switches_the_guards_of_django_off() -> None:
    """Escaping, CSRF and host checks are switched off nowhere; raw HTML is made in few places."""
    words = re.compile(r"csrf_exempt|xframe_options_exempt|csp_exempt|autoescape off|\|\s*safe\b")
    files = [*_modules(), *(ROOT / "templates").rglob("*.html")]
    found = {_short(path) for path in files if words.search(path.read_text(encoding="utf-8"))}
    assert found == set()


def test_no_code_reads_secrets_or_the_network_on_its_own() -> None:
    """The environment is read in one place, and nothing talks to strangers.

    The health check asks this very server; sign-in asks the provider that the city has named.
    """
    asking = {"health_check.py", "oidc.py"}
    outside = {"requests", "urllib.request", "http.client", "httpx", "aiohttp", "ftplib"}
    for path in _modules():
        for node in ast.walk(_tree(path)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [name.name for name in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not outside & set(names) or path.name in asking, _short(path)


# -- Dependencies ---------------------------------------------------------------------------------


def _wanted() -> tuple[set[str], set[str]]:
    """Return the packages that the project asks for: to run, and to develop."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    dev = project["dependency-groups"]["dev"]
    return ({_name(line) for line in runtime}, {_name(line) for line in dev})


def _name(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def _pinned(lock: str) -> dict[str, set[str]]:
    """Return the versions of each package: more than one where Pythons differ."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned: dict[str, set[str]] = {}
    for name, version in PINNED.findall(text):
        pinned.setdefault(_name(name), set()).add(version)
    return pinned


def test_every_package_asked_for_is_pinned() -> None:
    runtime, dev = _wanted()
    assert runtime <= set(_pinned("requirements.txt"))
    assert runtime | dev <= set(_pinned("requirements-dev.txt"))


def test_both_lock_files_pin_the_same_versions() -> None:
    short, whole = (_pinned(lock) for lock in LOCK_FILES)
    assert {name: whole.get(name) for name in short} == short


@pytest.mark.parametrize("lock", LOCK_FILES)
def test_every_line_of_a_lock_file_is_a_version_a_hash_or_a_comment(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    requirement = re.compile(r"^[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==\S+( ; .+)? \\$", re.I)
    for number, line in enumerate(lines, 1):
        text = line.strip()
        is_hash = re.fullmatch(r"--hash=sha256:[0-9a-f]{64}( \\)?", text)
        assert not text or text.startswith("#") or is_hash or requirement.match(line), (
            f"{lock}:{number}: {line}"
        )
    entries = [line for line in lines if requirement.match(line)]
    assert len(entries) == sum(len(versions) for versions in _pinned(lock).values())
    for entry in entries:
        assert "--hash=sha256:" in lines[lines.index(entry) + 1], entry


@pytest.mark.parametrize("lock", LOCK_FILES)
def test_a_lock_file_names_no_address_and_no_place_of_its_making(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    for sign in ("://", "--index-url", "--extra-index-url", "--find-links", " @ ", "file:", "-e "):
        assert sign not in text, sign


# -- Translations ---------------------------------------------------------------------------------


def _entries() -> Iterator[tuple[str, list[str], bool]]:
    """Yield message, translations and whether it is marked fuzzy, for each entry in use."""
    for block in PO.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        texts: dict[str, str] = {}
        key = ""
        for line in lines:
            if found := re.match(r'(msgid_plural|msgid|msgctxt|msgstr(?:\[\d\])?) "(.*)"$', line):
                key = found[1]
                texts[key] = found[2]
            elif key and line.startswith('"'):
                texts[key] += line[1:-1]
        if texts.get("msgid"):
            translations = [text for name, text in texts.items() if name.startswith("msgstr")]
            yield texts["msgid"] + texts.get("msgid_plural", ""), translations, fuzzy


def test_every_message_is_translated_and_none_is_a_guess() -> None:
    entries = list(_entries())
    assert len(entries) > 300
    assert [message for message, texts, _ in entries if not all(texts)] == []
    assert [message for message, _, fuzzy in entries if fuzzy] == []


def test_a_translation_keeps_the_placeholders_of_its_message() -> None:
    placeholder = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
    wrong = [
        message
        for message, texts, _ in _entries()
        for text in texts
        if set(placeholder.findall(text)) - set(placeholder.findall(message))
    ]
    assert wrong == []
