"""`manage.py load_demo_narrowings`: what the demonstration withholds beyond the catalogue."""

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from allimi.catalogue import CATALOGUE
from allimi.models import Narrowing
from ccs.demo_accounts import NotInProduction, refuse_in_production
from ccs.lib.grounds import Ground
from ccs.models import User
from pmis.models import DailyReport, Project

DAY = datetime.timedelta(days=1)


class Command(BaseCommand):
    """Narrow two records of the demonstration; a second run changes nothing."""

    help = "Withhold an item of two records of the demonstration, with ground and end date."

    def handle(self, *args: Any, **options: Any) -> None:
        """Narrow the position of one project and the visitors of one report."""
        try:
            refuse_in_production()
        except NotInProduction as error:
            raise CommandError(str(error)) from error
        decider = User.objects.filter(username="administrator").first()
        project = Project.objects.filter(is_invented=True, work_type="water").first()
        if decider is None or project is None or Narrowing.objects.exists():
            return
        report = DailyReport.objects.approved().filter(project=project).latest("date")
        now = timezone.now()
        for record, item, ground, reason, days in (
            (project, "geometry", Ground.G3, "지하 방재시설의 정확한 위치", 180),
            (report, "visitors", Ground.G4, "점검 결과가 나올 때까지 방문 기록을 닫음", 30),
        ):
            codes = {known.code for known in CATALOGUE[record.record_type].items}
            if item not in codes:
                raise CommandError(f"{record.record_type} has no item {item}.")
            Narrowing.objects.create(
                record_type=record.record_type,
                public_id=record.public_id,
                item=item,
                ground=ground,
                reason=reason,
                decided_by=decider,
                starts_at=now,
                ends_at=now + days * DAY,
            )
