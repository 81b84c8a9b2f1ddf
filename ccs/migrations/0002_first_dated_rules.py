"""The dated rules a new installation starts with; a city adds rows with its own decision."""

import datetime

from django.conf import settings
from django.db import migrations

#: Before any record the system may import.
FROM = datetime.date(2000, 1, 1)
LONG_TERM = "Long-term project mode of Seoul's One-PMIS: above KRW 1 bn and 12 months"
RULES = [
    (
        "daily_report_timeout_working_days",
        5,
        "Installation default: a report that nobody decides on is approved by time-out",
    ),
    (
        "daily_report_late_hour",
        10,
        "Installation default: a report is due at 10:00 of the next working day",
    ),
    ("long_term_mode_months", 12, LONG_TERM),
    (
        "variance_watch_points",
        -2,
        "Installation default of the progress signal: on plan down to -2 points",
    ),
    (
        "variance_late_points",
        -5,
        "Installation default of the progress signal: late below -5 points",
    ),
]
#: One billion won, and about as much in other currencies, in minor units.
LONG_TERM_AMOUNTS = {"KRW": 1_000_000_000, "PHP": 4_000_000_000}


def add_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    amount = LONG_TERM_AMOUNTS.get(settings.CURRENCY, 100_000_000)
    for key, value, ground in [*RULES, ("long_term_mode_amount", amount, LONG_TERM)]:
        rows.get_or_create(
            key=key, valid_from=FROM, defaults={"value": value, "ground": ground}
        )


def remove_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    rows.filter(valid_from=FROM).delete()


class Migration(migrations.Migration):
    dependencies = [("ccs", "0001_initial")]
    operations = [migrations.RunPython(add_rules, remove_rules)]
