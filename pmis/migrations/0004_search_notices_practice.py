import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import ccs.lib.identity


class Migration(migrations.Migration):

    dependencies = [
        ('ccs', '0004_rules_of_waiting'),
        ('ccs', '__first__'),
        ('pmis', '0003_issued_documents'),
    ]

    operations = [
        migrations.CreateModel(
            name='EscalationMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalation_messages', to='pmis.approval')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalation_messages', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'message about an overdue approval',
                'verbose_name_plural': 'messages about overdue approvals',
                'constraints': [models.UniqueConstraint(fields=('approval', 'user'), name='escalation_told_once')],
            },
        ),
        migrations.CreateModel(
            name='MessageChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('daily_mail', models.BooleanField(default=True, verbose_name='a daily mail of what waits for me')),
                ('escalation_sms', models.BooleanField(default=False, verbose_name='a short message when an approval waits too long')),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='message_choice', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'choice of messages',
                'verbose_name_plural': 'choices of messages',
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=ccs.lib.identity.new_public_id, editable=False, unique=True)),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('text', models.TextField(max_length=10000, verbose_name='text')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('officer', 'officer in charge'), ('department_head', 'department head'), ('accounting_officer', 'contract and accounting officer'), ('supervisor', 'responsible supervisor'), ('inspector', 'inspector'), ('site_agent', 'site agent'), ('engineer', "contractor's engineer"), ('subcontractor', "subcontractor's manager"), ('designer', 'designer'), ('joint_member', 'joint venture member'), ('auditor', 'auditor')], max_length=30), blank=True, default=list, size=None)),
                ('published_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('withdrawn_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('author', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('ordering_body', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='ccs.organization')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='pmis.project')),
            ],
            options={
                'verbose_name': 'notice',
                'verbose_name_plural': 'notices',
                'ordering': ['-published_at', '-id'],
                'indexes': [models.Index(fields=['-public_id'], name='notice_newest_first')],
                'constraints': [models.CheckConstraint(condition=models.Q(('project', None), ('ordering_body', None), _connector='OR'), name='notice_for_a_project_or_a_body')],
            },
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('page', models.CharField(max_length=60)),
                ('query', models.CharField(blank=True, max_length=1000)),
                ('is_shared', models.BooleanField(default=False, verbose_name='for everybody in this project')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to='pmis.project')),
            ],
            options={
                'verbose_name': 'saved filter',
                'verbose_name_plural': 'saved filters',
                'ordering': ['name', 'id'],
                'indexes': [models.Index(condition=models.Q(('is_shared', True)), fields=['project', 'page'], name='saved_filter_shared')],
                'constraints': [models.UniqueConstraint(fields=('owner', 'page', 'project', 'name'), name='saved_filter_name_once', nulls_distinct=False, violation_error_message='You have a filter of this name here already.'), models.CheckConstraint(condition=models.Q(('is_shared', False), ('project__isnull', False), _connector='OR'), name='saved_filter_shared_in_a_project')],
            },
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_type', models.CharField(max_length=30)),
                ('public_id', models.UUIDField()),
                ('title', models.TextField(blank=True)),
                ('day', models.DateField(blank=True, null=True)),
                ('number', models.PositiveIntegerField(blank=True, null=True)),
                ('text', models.TextField(blank=True)),
                ('folded', models.TextField(blank=True)),
                ('bigrams', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('letters', models.TextField(blank=True)),
                ('updated_at', models.DateTimeField()),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_entries', to='pmis.project')),
            ],
            options={
                'verbose_name': 'search entry',
                'verbose_name_plural': 'search entries',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['bigrams'], name='search_bigrams'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('letters', name='gin_trgm_ops'), name='search_letters'), models.Index(fields=['record_type', '-public_id'], name='search_newest_of_a_type'), models.Index(fields=['project', 'record_type', '-public_id'], name='search_newest_of_a_project')],
                'constraints': [models.UniqueConstraint(fields=('record_type', 'public_id'), name='search_entry_once')],
            },
        ),
        migrations.CreateModel(
            name='SentDigest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('items', models.PositiveIntegerField(default=0)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='digests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'daily mail',
                'verbose_name_plural': 'daily mails',
                'constraints': [models.UniqueConstraint(fields=('day', 'user'), name='digest_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='NoticeReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='pmis.notice')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notice_receipts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'receipt of a notice',
                'verbose_name_plural': 'receipts of notices',
                'ordering': ['at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('notice', 'user'), name='notice_receipt_once')],
            },
        ),
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.AddField(
            model_name='project',
            name='is_training',
            field=models.BooleanField(default=False, editable=False, help_text='Practice: never published, never counted; fixed when the project is made.'),
        ),
        migrations.AddIndex(
            model_name='project',
            index=models.Index(condition=models.Q(('is_training', True)), fields=['id'], name='project_training'),
        ),
    ]
