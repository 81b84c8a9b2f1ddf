"""A demonstration of imported projects has accounts too, and production never has."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ccs.demo_accounts import lines
from ccs.models import User


@pytest.mark.django_db
def test_the_accounts_without_a_project_are_made_once(settings: Any) -> None:
    settings.DEMO = "philippines"
    call_command("load_demo_accounts")
    call_command("load_demo_accounts")
    names = set(User.objects.values_list("username", flat=True))
    assert names == {"executive", "auditor", "administrator"}
    printed = "\n".join(lines())
    assert all(name in printed for name in names) and "site_agent" not in printed


@pytest.mark.django_db
def test_production_refuses_accounts_with_a_published_password(settings: Any) -> None:
    settings.IN_PRODUCTION = True
    with pytest.raises(CommandError, match="not in production"):
        call_command("load_demo_accounts")
    assert lines() == []
