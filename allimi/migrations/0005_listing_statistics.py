"""Let the database plan the lists of projects among a million records.

Types, statuses and search texts belong to projects, which are two of a hundred records: without
these statistics the planner takes a common type for a rare one, and sorts thousands of rows where
it could walk the newest.
"""

from django.db import migrations, models

MAKE = """
CREATE STATISTICS allimi_published_kinds (mcv) ON kind, work_type, status
    FROM allimi_publishedrecord;
CREATE STATISTICS allimi_published_text ON (upper(search)) FROM allimi_publishedrecord;
"""
DROP = """
DROP STATISTICS IF EXISTS allimi_published_kinds;
DROP STATISTICS IF EXISTS allimi_published_text;
"""


class Migration(migrations.Migration):
    dependencies = [("allimi", "0004_disclosure_rates")]

    operations = [
        migrations.RunSQL(MAKE, DROP),
        migrations.AddIndex(
            model_name="publishedrecordarea",
            index=models.Index(
                fields=["area_id", "kind", "-sort_date", "-record"],
                include=["work_type", "status"],
                name="published_of_an_area",
            ),
        ),
        migrations.RemoveIndex(model_name="publishedrecordarea", name="published_in_an_area"),
    ]
