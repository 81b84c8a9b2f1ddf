"""The rate over the real records is counted by the clock and shown to everyone."""

from __future__ import annotations

from django.test import Client

from allimi.models import DisclosureRate
from allimi.tasks import measure_disclosure
from tests.allimi.conftest import Site


def test_the_counted_rate_stands_in_the_public_register(site: Site, client: Client) -> None:
    assert "filled items" not in client.get("/en/withheld/").content.decode()
    site.approve(site.report(internal_remarks="내부"))
    measure_disclosure()
    measure_disclosure()
    rate = DisclosureRate.objects.get(kind="daily_report")
    assert rate.items - rate.public == 1
    page = client.get("/en/withheld/?again").content.decode()
    assert "filled items, counted" in page
