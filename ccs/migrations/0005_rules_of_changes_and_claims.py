"""What law and city set for design changes, progress claims and subcontracts."""

import datetime

from django.conf import settings
from django.db import migrations, models

#: Before any record the system may import.
FROM = datetime.date(2000, 1, 1)
CONTRACT_RULES = "Rules of local government contracts; to be confirmed by the ordering body"
SUBCONTRACT_RULES = "Framework Act on the Construction Industry, art. 31; review standard"
RULES = [
    (
        "design_change_committee_percent",
        10,
        "Installation default: the advisory committee is heard from 10 % of the original amount",
    ),
    ("repeat_change_count", 3, "Installation default: the third change within the time"),
    ("repeat_change_months", 12, "Installation default: within twelve months"),
    ("delay_damages_daily_percent", "0.05", CONTRACT_RULES),
    ("delay_damages_most_percent", 30, CONTRACT_RULES),
    ("claim_inspection_days", 14, CONTRACT_RULES),
    ("subcontract_review_percent", 82, SUBCONTRACT_RULES),
    ("subcontract_review_score", 90, SUBCONTRACT_RULES),
    ("subcontract_notice_days", 30, "Framework Act on the Construction Industry, art. 29"),
]
#: Korea retains nothing from progress payments; elsewhere a share is kept until completion.
RETENTION = {"KRW": 0}
RETENTION_ELSEWHERE = 10


def add_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    retention = RETENTION.get(settings.CURRENCY, RETENTION_ELSEWHERE)
    kept = ("progress_retention_percent", retention, "Installation default by currency")
    for key, value, ground in [*RULES, kept]:
        rows.get_or_create(key=key, valid_from=FROM, defaults={"value": value, "ground": ground})


def remove_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    keys = ["progress_retention_percent", *(key for key, _value, _ground in RULES)]
    rows.filter(valid_from=FROM, key__in=keys).delete()


class Migration(migrations.Migration):
    dependencies = [("ccs", "0004_rules_of_waiting")]
    operations = [
        migrations.AlterField(
            model_name="rulevalue",
            name="key",
            field=models.CharField(
                choices=[('daily_report_timeout_working_days', 'working days until a daily report is approved by time-out'), ('daily_report_late_hour', 'hour of the next working day after which a daily report is late'), ('long_term_mode_amount', 'contract amount above which a project is in long-term mode, in minor units'), ('long_term_mode_months', 'months of construction above which a project is in long-term mode'), ('escalation_working_days', 'working days after which a waiting approval is shown to the department head'), ('notice_reminder_days', 'days after which an unread notice is named in the daily mail'), ('variance_watch_points', 'percentage points behind plan from which a project is watched'), ('variance_late_points', 'percentage points behind plan from which a project is late'), ('design_change_committee_percent', 'per cent of the original amount from which a design change needs the committee'), ('repeat_change_count', 'changes of one contract or section within the time that count as repeated'), ('repeat_change_months', 'months within which changes count as repeated'), ('progress_retention_percent', 'per cent of a certified claim that is retained'), ('delay_damages_daily_percent', 'per cent of the contract for each day of delay'), ('delay_damages_most_percent', 'per cent of the contract that damages for delay never pass'), ('claim_inspection_days', 'days within which a progress claim is inspected'), ('subcontract_review_percent', "per cent of the prime's price below which a subcontract is reviewed"), ('subcontract_review_score', 'points of the review from which a subcontract is appropriate'), ('subcontract_notice_days', 'days after the contract within which a subcontract is notified')],
                max_length=60,
            ),
        ),
        migrations.RunPython(add_rules, remove_rules),
    ]
