"""How long access logs are kept, and when records go to the archive; a city adds its own rows."""

import datetime

from django.db import migrations, models

#: Before any record the system may import.
FROM = datetime.date(2000, 1, 1)
RULES = [
    (
        "access_log_years",
        2,
        "Standard of Measures to Secure Personal Data, article 8: at least one year; two where"
        " 50,000 persons or unique identifiers are concerned",
    ),
    (
        "archive_after_years",
        2,
        "Public Records Act, enforcement decree, article 32: moved to the records centre within"
        " two years from the day the retention period begins",
    ),
]


def add_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    for key, value, ground in RULES:
        rows.get_or_create(key=key, valid_from=FROM, defaults={"value": value, "ground": ground})


def remove_rules(apps, schema_editor):
    rows = apps.get_model("ccs", "RuleValue").objects.using(schema_editor.connection.alias)
    rows.filter(key__in=[key for key, _value, _ground in RULES]).delete()


class Migration(migrations.Migration):
    dependencies = [("ccs", "0006_catch_up_rules")]
    operations = [
        migrations.AlterField(
            model_name="rulevalue",
            name="key",
            field=models.CharField(choices=[
                ('daily_report_timeout_working_days', 'working days until a daily report is approved by time-out'),
                ('daily_report_late_hour', 'hour of the next working day after which a daily report is late'),
                ('long_term_mode_amount', 'contract amount above which a project is in long-term mode, in minor units'),
                ('long_term_mode_months', 'months of construction above which a project is in long-term mode'),
                ('escalation_working_days', 'working days after which a waiting approval is shown to the department head'),
                ('notice_reminder_days', 'days after which an unread notice is named in the daily mail'),
                ('variance_watch_points', 'percentage points behind plan from which a project is watched'),
                ('variance_late_points', 'percentage points behind plan from which a project is late'),
                ('design_change_committee_percent', 'per cent of the original amount from which a design change needs the committee'),
                ('repeat_change_count', 'changes of one contract or section within the time that count as repeated'),
                ('repeat_change_months', 'months within which changes count as repeated'),
                ('progress_retention_percent', 'per cent of a certified claim that is retained'),
                ('delay_damages_daily_percent', 'per cent of the contract for each day of delay'),
                ('delay_damages_most_percent', 'per cent of the contract that damages for delay never pass'),
                ('claim_inspection_days', 'days within which a progress claim is inspected'),
                ('subcontract_review_percent', "per cent of the prime's price below which a subcontract is reviewed"),
                ('subcontract_review_score', 'points of the review from which a subcontract is appropriate'),
                ('subcontract_notice_days', 'days after the contract within which a subcontract is notified'),
                ('catch_up_plan_limit_points', 'percentage points behind plan beyond which a catch-up plan is demanded'),
                ('catch_up_plan_working_days', 'working days until a catch-up plan that was demanded is due'),
                ('access_log_years', 'years for which the log of accesses to personal data is kept'),
                ('archive_after_years', 'years after which records that are kept for long go to the archive'),
            ], max_length=60),
        ),
        migrations.RunPython(add_rules, remove_rules),
    ]
