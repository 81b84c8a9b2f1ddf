"""The site that the security tests attack."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from allimi.presentation import cache
from allimi.publication import publish_pending
from tests.allimi.conftest import Site


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Let no page of another test answer: the rows below it were rolled back."""
    cache.forget()


@pytest.fixture
def site(db: None) -> Site:
    """A registered project, published."""
    made = Site()
    publish_pending()
    return made


@pytest.fixture
def signed_in(site: Site) -> Client:
    """A browser with the session of an officer."""
    client = Client()
    client.force_login(site.officer, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get("/accounts/").status_code == 200
    return client
