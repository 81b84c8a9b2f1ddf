"""The cast of the working side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from ccs.models import User
from tests.factories.pmis import Site, make_site


@pytest.fixture
def site(db: None) -> Site:
    """A project under construction with one person in every role."""
    return make_site()


@pytest.fixture
def other_site(db: None) -> Site:
    """Another project whose people have nothing to do with the first."""
    return make_site()


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """Return a signed-in client of a person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
