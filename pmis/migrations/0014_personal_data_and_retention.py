import datetime

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import ccs.lib.identity
import pmis.models.retention

#: Before any record the system may import.
FROM = datetime.date(2000, 1, 1)
#: A city's own table of retention (기록관리기준표) follows by rows of its own.
DEFAULT = "Public Records Act, enforcement decree, article 26 and annex 1; installation default"
SAFETY = "Occupational Safety and Health Act, article 164: three years; installation default"
CLASSES = {
    "30y": (
        "schedule", "accident", "design_change", "progress_claim", "time_extension",
    ),
    "10y": (
        "daily_report", "supervision_log", "monthly_report", "inspection_request", "letter",
        "material_approval", "meeting", "quality_plan", "quality_test", "non_conformance",
        "evaluation", "penalty", "catch_up_plan", "safety_plan", "complaint_entry",
    ),
    "5y": ("safety_finding", "safety_cost"),
    "3y": (
        "weekly_report", "safety_checklist", "risk_assessment", "safety_activity", "work_permit",
        "visit",
    ),
    "1y": ("camera",),
}


def add_classes(apps, schema_editor):
    rows = apps.get_model("pmis", "RetentionRule").objects.using(schema_editor.connection.alias)
    for retention_class, subject_types in CLASSES.items():
        for subject_type in subject_types:
            is_safety = retention_class == "3y" and subject_type not in ("weekly_report", "visit")
            rows.get_or_create(
                subject_type=subject_type,
                valid_from=FROM,
                defaults={
                    "retention_class": retention_class,
                    "ground": SAFETY if is_safety else DEFAULT,
                },
            )


class Migration(migrations.Migration):

    dependencies = [
        ('pmis', '0013_drawings_and_documents'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Disposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=ccs.lib.identity.new_public_id, editable=False)),
                ('version_no', models.PositiveIntegerField(default=1, editable=False)),
                ('reason', models.TextField(blank=True, help_text='Why this version corrects the one before; public.')),
                ('number', models.PositiveIntegerField(blank=True, editable=False, null=True)),
                ('state', models.CharField(choices=[('draft', 'saved'), ('submitted', 'submitted'), ('confirmed', 'confirmed'), ('returned', 'returned'), ('scheduled', 'scheduled'), ('hearing', 'being heard'), ('approved', 'approved'), ('conditional', 'conditional'), ('passed', 'passed'), ('failed', 'failed'), ('rectified', 'rectified'), ('issued', 'issued'), ('received', 'received'), ('replied', 'replied'), ('reinstructed', 'instructed again'), ('open', 'open'), ('assigned', 'assigned'), ('done', 'done'), ('stopped', 'work stopped'), ('released', 'released'), ('reported', 'reported'), ('investigating', 'under investigation'), ('measures', 'measures being taken'), ('suspended', 'suspended'), ('resumed', 'resumed'), ('revoked', 'revoked'), ('amended', 'contract amended'), ('baseline_updated', 'baseline updated'), ('notified', 'notified'), ('objected', 'objected to'), ('imposed', 'imposed'), ('appealed', 'appealed'), ('annulled', 'annulled'), ('final', 'final'), ('sent_to_payment', 'sent to payment'), ('paid', 'paid'), ('settled', 'settled'), ('closed', 'closed'), ('superseded', 'superseded'), ('rejected', 'rejected'), ('cancelled', 'cancelled')], default='draft', editable=False, max_length=20)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('approved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('revision', models.PositiveIntegerField(default=1, editable=False)),
                ('as_of_date', models.DateField(blank=True, null=True, verbose_name='past their time on')),
                ('review_date', models.DateField(blank=True, null=True, verbose_name='day of the review')),
                ('reviewers', models.CharField(blank=True, max_length=300, verbose_name='reviewers')),
                ('opinion', models.TextField(blank=True, verbose_name='opinion of the review')),
                ('author', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='pmis.project')),
                ('supersedes', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='pmis.disposal')),
            ],
            options={
                'verbose_name': 'disposal of records',
                'verbose_name_plural': 'disposals of records',
                'ordering': ['-public_id', '-version_no'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DisposalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('archived', 'archived'), ('deleted', 'deleted')], max_length=10, verbose_name='what was done')),
                ('subject_type', models.CharField(max_length=40, verbose_name='record type')),
                ('record_public_id', models.UUIDField(blank=True, null=True)),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='title')),
                ('retention_class', models.CharField(blank=True, choices=[('permanent', 'permanent'), ('semi_permanent', 'semi-permanent'), ('30y', '30 years'), ('10y', '10 years'), ('5y', '5 years'), ('3y', '3 years'), ('1y', '1 year')], max_length=20, verbose_name='retention period')),
                ('due_since', models.DateField(blank=True, null=True, verbose_name='past its time since')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('content_sha256', models.CharField(blank=True, max_length=64)),
                ('files', models.JSONField(default=list, verbose_name='files')),
                ('row_count', models.PositiveIntegerField(default=1, verbose_name='number of rows')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='done at')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('disposal', models.ForeignKey(blank=True, help_text='Empty: an access log, which goes by its rule without a review.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='pmis.disposal')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pmis.project')),
            ],
            options={
                'verbose_name': 'entry of the disposal register',
                'verbose_name_plural': 'disposal register',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='DisposalItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('subject_type', models.CharField(choices=pmis.models.retention.subject_choices, max_length=40, verbose_name='record type')),
                ('retention_class', models.CharField(choices=[('permanent', 'permanent'), ('semi_permanent', 'semi-permanent'), ('30y', '30 years'), ('10y', '10 years'), ('5y', '5 years'), ('3y', '3 years'), ('1y', '1 year')], max_length=20, verbose_name='retention period')),
                ('decision', models.CharField(choices=[('keep', 'keep'), ('archive', 'archive'), ('delete', 'delete')], default='keep', max_length=10, verbose_name='decision')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('record_count', models.PositiveIntegerField(default=0, verbose_name='records')),
                ('due_since', models.DateField(blank=True, null=True, verbose_name='past their time since')),
                ('records', models.JSONField(blank=True, default=list)),
                ('disposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='pmis.disposal')),
            ],
            options={
                'verbose_name': 'item of a disposal',
                'verbose_name_plural': 'items of disposals',
                'ordering': ['order', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PersonalDataAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=ccs.lib.identity.new_public_id, editable=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='seen at')),
                ('roles', models.CharField(blank=True, max_length=300, verbose_name='roles')),
                ('address', models.GenericIPAddressField(blank=True, null=True, verbose_name='network address')),
                ('method', models.CharField(max_length=10)),
                ('path', models.CharField(max_length=300, verbose_name='page')),
                ('shown_type', models.CharField(max_length=40, verbose_name='record type')),
                ('item', models.CharField(max_length=60, verbose_name='class of personal data')),
                ('records', models.JSONField(default=list, verbose_name='records')),
                ('row_count', models.PositiveIntegerField(default=0, verbose_name='number of rows')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pmis.project', verbose_name='project')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'access to personal data',
                'verbose_name_plural': 'accesses to personal data',
                'ordering': ['-at', '-public_id'],
            },
        ),
        migrations.CreateModel(
            name='RetentionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_type', models.CharField(choices=pmis.models.retention.subject_choices, max_length=40, verbose_name='record type')),
                ('retention_class', models.CharField(choices=[('permanent', 'permanent'), ('semi_permanent', 'semi-permanent'), ('30y', '30 years'), ('10y', '10 years'), ('5y', '5 years'), ('3y', '3 years'), ('1y', '1 year')], max_length=20, verbose_name='retention period')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('ground', models.CharField(help_text='Law and article, or the decision.', max_length=300, verbose_name='ground')),
            ],
            options={
                'verbose_name': 'retention rule',
                'verbose_name_plural': 'retention rules',
                'ordering': ['subject_type', '-valid_from'],
                'constraints': [models.UniqueConstraint(fields=('subject_type', 'valid_from'), name='retention_rule_once_a_day')],
            },
        ),
        migrations.AddIndex(
            model_name='disposal',
            index=models.Index(fields=['project', '-public_id'], name='disposal_by_project'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.UniqueConstraint(fields=('public_id', 'version_no'), name='disposal_version_once'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('draft', 'submitted', 'confirmed', 'returned', 'scheduled', 'hearing'))), fields=('public_id',), name='disposal_one_version_in_work'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('approved', 'conditional', 'passed', 'failed', 'rectified', 'issued', 'received', 'replied', 'reinstructed', 'open', 'assigned', 'done', 'stopped', 'released', 'reported', 'investigating', 'measures', 'suspended', 'resumed', 'revoked', 'amended', 'baseline_updated', 'notified', 'objected', 'imposed', 'appealed', 'annulled', 'final', 'sent_to_payment', 'paid', 'settled', 'closed'))), fields=('public_id',), name='disposal_one_version_in_force'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.CheckConstraint(condition=models.Q(('version_no', 1), models.Q(('reason', ''), _negated=True), _connector='OR'), name='disposal_correction_has_a_reason', violation_error_message='A correction needs its reason.'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', False), ('state__in', ('approved', 'conditional', 'passed', 'failed', 'rectified', 'issued', 'received', 'replied', 'reinstructed', 'open', 'assigned', 'done', 'stopped', 'released', 'reported', 'investigating', 'measures', 'suspended', 'resumed', 'revoked', 'amended', 'baseline_updated', 'notified', 'objected', 'imposed', 'appealed', 'annulled', 'final', 'sent_to_payment', 'paid', 'settled', 'closed', 'superseded'))), models.Q(('approved_at__isnull', True), ('state__in', ('draft', 'submitted', 'confirmed', 'returned', 'scheduled', 'hearing', 'rejected', 'cancelled'))), _connector='OR'), name='disposal_approved_at_when_locked'),
        ),
        migrations.AddConstraint(
            model_name='disposalentry',
            constraint=models.UniqueConstraint(fields=('record_public_id', 'kind'), name='disposal_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='disposalentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('disposal', None), ('record_public_id', None)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('disposal__isnull', False), ('record_public_id__isnull', False)), _connector='OR'), name='disposal_entry_was_decided'),
        ),
        migrations.AddConstraint(
            model_name='disposalitem',
            constraint=models.UniqueConstraint(fields=('disposal', 'subject_type', 'retention_class'), name='disposal_item_once', violation_error_message='This class is on the list already.'),
        ),
        migrations.AddIndex(
            model_name='personaldataaccess',
            index=models.Index(fields=['-at', '-public_id'], name='personal_access_newest'),
        ),
        migrations.AddIndex(
            model_name='personaldataaccess',
            index=models.Index(fields=['project', '-at'], name='personal_access_project'),
        ),
        migrations.AddIndex(
            model_name='personaldataaccess',
            index=models.Index(fields=['user', '-at'], name='personal_access_user'),
        ),
        migrations.RunPython(add_classes, migrations.RunPython.noop),
    ]
