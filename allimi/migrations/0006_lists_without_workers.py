"""Read the lists of the portal in one process.

A page of a list reads some dozens of rows by an index. With a million records the planner, which
takes the rows of a filtered area for fewer than they are, started two parallel workers for that:
five milliseconds to start them, a third of one to read.
"""

from django.db import migrations

TABLES = ("allimi_publishedrecord", "allimi_publishedrecordarea")


class Migration(migrations.Migration):
    dependencies = [("allimi", "0005_listing_statistics")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (parallel_workers = 0)",
            f"ALTER TABLE {table} RESET (parallel_workers)",
        )
        for table in TABLES
    ]
