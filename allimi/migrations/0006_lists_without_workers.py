"""Read the lists of the portal in one process, and organizations by their names' index.

A page of a list reads some dozens of rows by an index. With a million records the planner, which
takes the rows of a filtered area for fewer than they are, started two parallel workers for that:
five milliseconds to start them, a third of one to read. Organizations were found by part of their
name by reading all of them.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Upper

TABLES = ("allimi_publishedrecord", "allimi_publishedrecordarea")
NAMES = {"title": "published_firm_title", "title_en": "published_firm_title_en"}


class Migration(migrations.Migration):
    dependencies = [("allimi", "0005_listing_statistics")]

    operations = [
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} SET (parallel_workers = 0)",
                f"ALTER TABLE {table} RESET (parallel_workers)",
            )
            for table in TABLES
        ),
        *(
            migrations.AddIndex(
                model_name="publishedrecord",
                index=GinIndex(
                    OpClass(Upper(column), name="gin_trgm_ops"),
                    condition=models.Q(kind="organization"),
                    name=index,
                ),
            )
            for column, index in NAMES.items()
        ),
    ]
