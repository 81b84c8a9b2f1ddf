import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import ccs.lib.identity


class Migration(migrations.Migration):

    dependencies = [
        ('ccs', '__first__'),
        ('pmis', '0002_record_life'),
    ]

    operations = [
        migrations.CreateModel(
            name='IssuedDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=ccs.lib.identity.new_public_id, editable=False, unique=True)),
                ('code', models.CharField(help_text='Verification code, without separators.', max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('record', 'record'), ('register', 'register')], max_length=10)),
                ('record_type', models.CharField(max_length=30)),
                ('record_public_id', models.UUIDField(blank=True, null=True)),
                ('version_no', models.PositiveIntegerField(blank=True, null=True)),
                ('number', models.PositiveIntegerField(blank=True, null=True)),
                ('is_approved', models.BooleanField(default=False)),
                ('row_count', models.PositiveIntegerField(blank=True, null=True)),
                ('language', models.CharField(max_length=10)),
                ('content_sha256', models.CharField(help_text='Of the content and its form, without code and moment.', max_length=64)),
                ('sha256', models.CharField(help_text='Of the PDF.', max_length=64, unique=True)),
                ('issued_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('role', models.CharField(blank=True, help_text='Role of the issuer in the project, if any.', max_length=30)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='issued_documents', to='pmis.project')),
            ],
            options={
                'verbose_name': 'issued document',
                'verbose_name_plural': 'issued documents',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['content_sha256', '-id'], name='issued_content')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'register'), ('row_count__isnull', False)), models.Q(('kind', 'record'), ('project__isnull', False), ('record_public_id__isnull', False), ('version_no__isnull', False)), _connector='OR'), name='issued_record_has_its_version')],
            },
        ),
        migrations.CreateModel(
            name='IssuedCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(blank=True, max_length=30)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='pmis.issueddocument')),
            ],
            options={
                'verbose_name': 'copy of an issued document',
                'verbose_name_plural': 'copies of issued documents',
                'ordering': ['-id'],
            },
        ),
    ]
