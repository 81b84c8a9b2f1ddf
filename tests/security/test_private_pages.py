"""What is not public is closed to strangers: the whole URLconf, walked."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils import translation

from tests.allimi.conftest import Site
from tests.security.addresses import all_addresses

ADDRESSES = all_addresses()
PRIVATE = [address for address in ADDRESSES if not address.is_public]
#: Pages that a stranger may open beside the public ones: the way in, and what machines ask.
THE_WAY_IN = {
    "readyz",
    "account-register",
    "account-register-sent",
    "account-language",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_confirm_login_code",
    "admin:login",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "openid_connect_login",
    "openid_connect_callback",
}


def _leads_to_the_sign_in(location: str) -> bool:
    path = location.partition("?")[0]
    return path in (settings.LOGIN_URL, "/accounts/login/", "/admin/login/")


def _refuses(answer: HttpResponse) -> bool:
    """Return whether a stranger is sent to the sign-in, or told 401 or 403."""
    if answer.status_code in (301, 302):
        return _leads_to_the_sign_in(answer.headers["Location"])
    return answer.status_code in (401, 403)


def test_the_walk_names_the_real_addresses() -> None:
    """A control: each address of the walk leads to the view it was taken from."""
    languages = dict(settings.LANGUAGES)
    for address in ADDRESSES:
        language = address.path.split("/")[1]
        with translation.override(language if language in languages else "en"):
            assert resolve(address.path).func == address.view, address.path
    assert len(ADDRESSES) > 100


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_a_stranger_is_sent_to_the_sign_in_or_refused(
    db: None, client: Client, method: str
) -> None:
    open_doors = {}
    for address in PRIVATE:
        if address.name not in THE_WAY_IN:
            client.cookies.clear()
            answer = getattr(client, method)(address.path)
            if not _refuses(answer):
                where = answer.headers.get("Location", "")
                open_doors[f"{address.path} {address.name}"] = (answer.status_code, where)
    assert open_doors == {}


def test_the_way_in_is_no_longer_than_written_here(db: None) -> None:
    """Every exception above exists, so that the list cannot hide an address for good."""
    names = {address.name for address in PRIVATE}
    assert names >= THE_WAY_IN, THE_WAY_IN - names


def test_the_way_in_shows_nothing_of_anybody(site: Site, client: Client) -> None:
    for address in PRIVATE:
        if address.name in THE_WAY_IN:
            client.cookies.clear()
            answer = client.get(address.path, follow=True)
            assert answer.status_code in (200, 400, 401, 403, 404, 405, 503), address.path
            for name in (site.officer.name, site.agent.name, site.supervisor.name):
                assert name not in answer.content.decode(), address.path
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy and "frame-ancestors 'none'" in policy


def test_working_pages_are_never_kept_by_a_shared_cache(site: Site, signed_in: Client) -> None:
    for path in ("/pmis/", "/pmis/projects/", "/accounts/", "/api/v1/pmis/projects/"):
        answer = signed_in.get(path)
        assert answer.status_code == 200, path
        varies = answer.headers.get("Vary", "").lower()
        kept = answer.headers.get("Cache-Control", "")
        assert "cookie" in varies or "private" in kept or "no-store" in kept, path
        assert "public" not in kept
