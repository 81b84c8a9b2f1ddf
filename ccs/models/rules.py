"""Numbers that law or city sets: dated rows with their ground, never constants in code."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class RuleValueMissing(LookupError):
    """Raised when no value of a rule is in force on the day asked for."""


class RuleValueQuerySet(models.QuerySet["RuleValue"]):
    """Sentences about dated values."""

    def on(self, key: str, day: datetime.date) -> Decimal:
        """Return the value of `key` in force on `day`; raise `RuleValueMissing` if none is."""
        row = self.filter(key=key, valid_from__lte=day).order_by("-valid_from").first()
        if row is None:
            raise RuleValueMissing(f"{key} on {day}")
        return row.value


class RuleValue(models.Model):
    """The value of one rule from a day on, with the law or decision it rests on."""

    class Key(models.TextChoices):
        DAILY_REPORT_TIMEOUT = (
            "daily_report_timeout_working_days",
            _("working days until a daily report is approved by time-out"),
        )
        DAILY_REPORT_LATE_HOUR = (
            "daily_report_late_hour",
            _("hour of the next working day after which a daily report is late"),
        )
        LONG_TERM_AMOUNT = (
            "long_term_mode_amount",
            _("contract amount above which a project is in long-term mode, in minor units"),
        )
        LONG_TERM_MONTHS = (
            "long_term_mode_months",
            _("months of construction above which a project is in long-term mode"),
        )
        ESCALATION_DAYS = (
            "escalation_working_days",
            _("working days after which a waiting approval is shown to the department head"),
        )
        NOTICE_REMINDER_DAYS = (
            "notice_reminder_days",
            _("days after which an unread notice is named in the daily mail"),
        )
        VARIANCE_WATCH = (
            "variance_watch_points",
            _("percentage points behind plan from which a project is watched"),
        )
        VARIANCE_LATE = (
            "variance_late_points",
            _("percentage points behind plan from which a project is late"),
        )
        COMMITTEE_PERCENT = (
            "design_change_committee_percent",
            _("per cent of the original amount from which a design change needs the committee"),
        )
        REPEAT_COUNT = (
            "repeat_change_count",
            _("changes of one contract or section within the time that count as repeated"),
        )
        REPEAT_MONTHS = (
            "repeat_change_months",
            _("months within which changes count as repeated"),
        )
        RETENTION_PERCENT = (
            "progress_retention_percent",
            _("per cent of a certified claim that is retained"),
        )
        DELAY_DAILY_PERCENT = (
            "delay_damages_daily_percent",
            _("per cent of the contract for each day of delay"),
        )
        DELAY_MOST_PERCENT = (
            "delay_damages_most_percent",
            _("per cent of the contract that damages for delay never pass"),
        )
        CLAIM_INSPECTION_DAYS = (
            "claim_inspection_days",
            _("days within which a progress claim is inspected"),
        )
        SUBCONTRACT_RATIO = (
            "subcontract_review_percent",
            _("per cent of the prime's price below which a subcontract is reviewed"),
        )
        SUBCONTRACT_SCORE = (
            "subcontract_review_score",
            _("points of the review from which a subcontract is appropriate"),
        )
        SUBCONTRACT_NOTICE_DAYS = (
            "subcontract_notice_days",
            _("days after the contract within which a subcontract is notified"),
        )
        CATCH_UP_LIMIT = (
            "catch_up_plan_limit_points",
            _("percentage points behind plan beyond which a catch-up plan is demanded"),
        )
        CATCH_UP_DAYS = (
            "catch_up_plan_working_days",
            _("working days until a catch-up plan that was demanded is due"),
        )
        ACCESS_LOG_YEARS = (
            "access_log_years",
            _("years for which the log of accesses to personal data is kept"),
        )
        ARCHIVE_AFTER_YEARS = (
            "archive_after_years",
            _("years after which records that are kept for long go to the archive"),
        )

    key = models.CharField(max_length=60, choices=Key)
    value = models.DecimalField(max_digits=20, decimal_places=4)
    valid_from = models.DateField()
    ground = models.CharField(max_length=300, help_text=_("Law and article, or the decision."))

    objects = RuleValueQuerySet.as_manager()

    class Meta:
        ordering = ["key", "-valid_from"]
        verbose_name = _("dated rule")
        verbose_name_plural = _("dated rules")
        constraints = [
            models.UniqueConstraint(fields=["key", "valid_from"], name="rule_value_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value} ({self.valid_from})"
