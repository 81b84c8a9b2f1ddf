"""How long an approval and a notice may wait before somebody else is told."""

import datetime

from django.db import migrations, models

#: Before any record the system may import.
FROM = datetime.date(2000, 1, 1)
RULES = [
    (
        "escalation_working_days",
        3,
        "Installation default: the department head sees what waits three working days",
    ),
    (
        "notice_reminder_days",
        3,
        "Installation default: an unread notice is named in the daily mail after three days",
    ),
]


def add_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    for key, value, ground in RULES:
        rows.get_or_create(key=key, valid_from=FROM, defaults={"value": value, "ground": ground})


def remove_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    rows.filter(valid_from=FROM, key__in=[key for key, _value, _ground in RULES]).delete()


class Migration(migrations.Migration):
    dependencies = [("ccs", "0003_access_tokens")]
    operations = [
        migrations.AlterField(
            model_name="rulevalue",
            name="key",
            field=models.CharField(
                choices=[('daily_report_timeout_working_days', 'working days until a daily report is approved by time-out'), ('daily_report_late_hour', 'hour of the next working day after which a daily report is late'), ('long_term_mode_amount', 'contract amount above which a project is in long-term mode, in minor units'), ('long_term_mode_months', 'months of construction above which a project is in long-term mode'), ('escalation_working_days', 'working days after which a waiting approval is shown to the department head'), ('notice_reminder_days', 'days after which an unread notice is named in the daily mail'), ('variance_watch_points', 'percentage points behind plan from which a project is watched'), ('variance_late_points', 'percentage points behind plan from which a project is late')],
                max_length=60,
            ),
        ),
        migrations.RunPython(add_rules, remove_rules),
    ]
