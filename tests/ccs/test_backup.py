import json
import os
import stat
import subprocess
import sys
import tarfile
import uuid
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from ccs.management.commands.restore import refuse_later_release
from ccs.services.backups import (
    BackupError,
    Place,
    check_backup,
    is_safe_name,
    libpq_environment,
    restore_backup,
    write_backup,
)

pytestmark = pytest.mark.django_db


def connect(database):
    opened = psycopg2.connect(
        host=database["HOST"],
        port=database["PORT"] or None,
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
    )
    opened.autocommit = True
    return opened


@pytest.fixture
def make_place(tmp_path):
    """Make places with an empty database of their own; all are removed afterwards."""
    made = []

    def make():
        name = f"ccs_place_{uuid.uuid4().hex[:12]}"
        with closing(connect(settings.DATABASES["owner"] | {"NAME": "postgres"})) as opened:
            opened.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
        made.append(name)
        home = tmp_path / name
        home.mkdir()
        return Place(
            database={**connection.settings_dict, "NAME": name},
            folders={
                "files/private": home / "files" / "private",
                "files/public": home / "files" / "public",
            },
            keys=home / "keys",
            settings_file=home / "settings.env",
        )

    yield make
    with closing(connect(settings.DATABASES["owner"] | {"NAME": "postgres"})) as opened:
        for name in made:
            opened.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def full_place(make_place, tmp_path):
    """A migrated place with rows, files and keys."""
    place = make_place()
    schema = tmp_path / "schema.tar"
    write_backup(schema, Place(connection.settings_dict, {}, tmp_path / "no", tmp_path / "none"))
    place.keys.mkdir()
    restore_backup(schema, place)
    with closing(connect(place.database)) as opened:
        opened.cursor().execute(
            "INSERT INTO ccs_heartbeat (name, seen_at)"
            " SELECT '안전 ' || n, now() FROM generate_series(1, 1000) n"
        )
    for folder in place.folders.values():
        (folder / "2026" / "11").mkdir(parents=True)
        (folder / "2026" / "11" / "한강.jpg").write_bytes(os.urandom(300_000))
    for name in ("secret_key", "log_signing_key", "ccs_app", "broker"):
        (place.keys / name).write_text(f"key {name}")
    place.settings_file.write_text("CCS_DEMO=none\n")
    return place


def digests(place):
    """Count and hash of every table, and where every sequence stands."""
    found = {}
    with closing(connect(place.database)) as opened:
        cursor = opened.cursor()
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) "
                f'FROM "{table}" t'
            )
            found[table] = cursor.fetchone()
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        )
        found["sequences"] = sorted(cursor.fetchall())
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname")
        found["triggers"] = cursor.fetchall()
    return found


def files(place):
    folders = (*place.folders.values(), place.keys)
    return {
        str(path.relative_to(place.keys.parent)): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_was_backed_up_stands_in_the_new_place(full_place, make_place, tmp_path):
    backup = tmp_path / "backup.tar"
    manifest = write_backup(backup, full_place)
    empty = make_place()
    restore_backup(backup, empty)

    before, after = digests(full_place), digests(empty)
    assert after == before
    assert before["ccs_heartbeat"][0] == 1000
    kept = files(full_place)
    for of_the_place in ("keys/ccs_app", "keys/broker"):
        del kept[of_the_place]
    assert files(empty) == kept
    assert empty.settings_file.read_text() == "CCS_DEMO=none\n"
    assert "ccs.0001_initial" in manifest["migrations"]


def test_keys_and_backup_are_readable_by_their_owner_only(full_place, make_place, tmp_path):
    backup = tmp_path / "backup.tar"
    write_backup(backup, full_place)
    empty = make_place()
    restore_backup(backup, empty)
    for path in (backup, empty.keys / "secret_key", empty.settings_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.part"))


def test_nothing_is_written_over(full_place, tmp_path):
    backup = tmp_path / "backup.tar"
    write_backup(backup, full_place)
    with pytest.raises(BackupError, match="exists already"):
        write_backup(backup, full_place)
    with pytest.raises(BackupError, match="tables already"):
        restore_backup(backup, full_place)


def test_a_folder_with_files_is_not_restored_into(full_place, make_place, tmp_path):
    backup = tmp_path / "backup.tar"
    write_backup(backup, full_place)
    other = make_place()
    other.folders["files/public"].mkdir(parents=True)
    (other.folders["files/public"] / "a.jpg").write_text("x")
    with pytest.raises(BackupError, match="holds files already"):
        restore_backup(backup, other)


def test_a_changed_backup_is_refused_before_anything_is_restored(full_place, make_place, tmp_path):
    backup = tmp_path / "backup.tar"
    write_backup(backup, full_place)
    with tarfile.open(backup) as tar:
        inside = next(entry for entry in tar if entry.name.endswith(".jpg"))
    with backup.open("r+b") as file:
        file.seek(inside.offset_data + 1000)
        file.write(b"changed")
    empty = make_place()
    with pytest.raises(BackupError, match=r"damaged: files/.*\.jpg"):
        restore_backup(backup, empty)
    assert digests(empty)["sequences"] == [] and files(empty) == {}


def test_a_cut_off_backup_is_refused(full_place, tmp_path):
    backup = tmp_path / "backup.tar"
    write_backup(backup, full_place)
    with backup.open("r+b") as file:
        file.truncate(backup.stat().st_size // 2)
    with pytest.raises(BackupError):
        check_backup(backup)


def test_something_else_is_no_backup(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir")
    with pytest.raises(BackupError, match="cannot be read as a backup"):
        check_backup(path)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "files/../../x", "keys/../run", "elsewhere/x", "files/a/../../b"]
)
def test_parts_cannot_leave_the_place(name):
    assert not is_safe_name(name)


def test_a_backup_of_a_later_release_is_refused():
    with pytest.raises(BackupError, match="later release"):
        refuse_later_release({"version": "9", "migrations": ["ccs.9999_what_comes"]})


def test_passwords_stand_in_no_command_line(full_place):
    environment = libpq_environment(full_place.database | {"PASSWORD": "hunter2"})
    assert environment["PGPASSWORD"] == "hunter2"


def command(name, *arguments, place, **extra):
    """Run a management command as an installation that is not testing."""
    database = place.database
    address = (
        f"postgresql://{database['USER']}:{database['PASSWORD']}"
        f"@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    kept = {name: value for name, value in os.environ.items() if name != "CCS_TESTING"}
    return subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), name, *map(str, arguments)],
        env=kept
        | {"CCS_DATA_DIR": str(place.keys.parent), "DATABASE_URL": address, "CCS_DEMO": "none"}
        | extra,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_back_up_and_restore_a_new_installation(make_place, tmp_path):
    first, second = make_place(), make_place()
    setup = {
        "CCS_ADMIN_EMAIL": "first@example.org",
        "CCS_ADMIN_PASSWORD": "correct horse battery",
        "CCS_ORDERING_BODY": "구로구",
        "CCS_MAIL_URL": "none:",
    }
    for _twice in range(2):
        done = command("setup", place=first, **setup)
        assert done.returncode == 0, done.stderr
    assert "keeps its password" in done.stdout

    backup = tmp_path / "city.tar"
    done = command("backup", backup, place=first)
    assert done.returncode == 0, done.stderr
    assert json.loads((first.keys.parent / "backups.json").read_text())[0]["file"] == str(backup)

    done = command("restore", backup, place=second)
    assert done.returncode == 0, done.stderr
    before, after = digests(first), digests(second)
    # The backup itself is noted after it was written; views and triggers are made anew.
    for changing in ("ccs_heartbeat", "sequences"):
        before.pop(changing), after.pop(changing)
    assert {name for name in before if before[name] != after[name]} <= {"allimi_disclosurequeue"}
    again = command("restore", backup, place=second)
    assert again.returncode == 1 and "tables already" in again.stderr
    assert "Traceback" not in again.stderr


def test_setup_names_what_is_wrong_with_the_answers(make_place):
    place = make_place()
    wrong = {"CCS_ADMIN_EMAIL": "nobody", "CCS_ADMIN_PASSWORD": "123", "CCS_CURRENCY": "won"}
    done = command("setup", place=place, **wrong)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    for variable in (*wrong, "CCS_ORDERING_BODY"):
        assert variable in done.stderr
    assert not Path(place.settings_file).exists()
