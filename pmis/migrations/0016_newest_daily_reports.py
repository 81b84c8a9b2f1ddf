from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pmis", "0015_files_of_steps"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="dailyreport",
            index=models.Index(fields=["-date", "-public_id"], name="dailyreport_newest"),
        ),
    ]
