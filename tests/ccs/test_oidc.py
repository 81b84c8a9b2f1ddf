"""Signing in through an identity provider that really answers, on a port of this machine.

The provider is oidc-provider-mock: discovery, authorization with a form, token, user info, keys.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from ccs.auth.oidc import OfficeAdapter
from ccs.environment import Environment
from ccs.models import Organization, Registration, User
from ccs.processes import free_port
from ccs.services.people import disable_person
from ccs.services.registrations import approve_registration, request_account
from tests.factories.ccs import OrganizationFactory

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the provider's own libraries
    from oidc_provider_mock import run_server_in_thread

pytestmark = pytest.mark.django_db
BEGIN = "/accounts/oidc/office/login/"
FINISH = "/accounts/oidc/office/login/callback/"
PASSWORD = "중랑천-보행교-2026"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(free_port(), require_nonce=True) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def office(issuer: str, settings: Any) -> str:
    settings.SOCIALACCOUNT_PROVIDERS = configured(issuer)
    return issuer


def configured(issuer: str) -> dict[str, Any]:
    app = {
        "provider_id": "office",
        "name": "시청 통합로그인",
        "client_id": "ccs",
        "secret": "only-for-this-test",
        "settings": {"server_url": issuer},
    }
    options = {"OAUTH_PKCE_ENABLED": True, "EMAIL_AUTHENTICATION": True}
    return {"openid_connect": {**options, "APPS": [app]}}


@pytest.fixture
def person() -> User:
    return User.objects.create_user(
        "lee", email="lee@example.org", password=PASSWORD, name="이정훈", language="ko"
    )


def know(issuer: str, sub: str, **claims: Any) -> str:
    """Let the provider know a person by `sub`."""
    requests.put(f"{issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()
    return sub


def begun(client: Client) -> str:
    """Press the button of the sign-in page; return the provider's address."""
    answer = client.post(BEGIN)
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def agreed(address: str, sub: str) -> str:
    """Sign in at the provider; return the address that it leads back to."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def back(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    assert parts.path == FINISH
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client: Client, sub: str) -> Any:
    return back(client, agreed(begun(client), sub))


def changed(address: str, **values: str) -> str:
    """Return the address with other values in its query."""
    parts = urlsplit(address)
    query = {name: value[0] for name, value in parse_qs(parts.query).items()} | values
    return urlunsplit(parts._replace(query=urlencode(query)))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_person_with_a_verified_address_is_signed_in_to_their_account(
    client: Client, office: str, person: User
) -> None:
    sub = know(office, "official-7", email="lee@example.org", email_verified=True, name="이정훈")
    answer = sign_in(client, sub)
    assert answer.status_code == 302 and answer.url == "/pmis/"
    assert client.session["_auth_user_id"] == str(person.pk)
    assert SocialAccount.objects.get().uid == sub and User.objects.count() == 1


def test_known_person_stays_the_same_when_their_address_changes(
    client: Client, office: str, person: User
) -> None:
    sign_in(client, know(office, "official-8", email="lee@example.org", email_verified=True))
    know(office, "official-8", email="lee.new@example.org", email_verified=False)
    again = Client()
    assert sign_in(again, "official-8").url == "/pmis/"
    assert again.session["_auth_user_id"] == str(person.pk)


def test_begin_asks_with_state_nonce_and_pkce_and_needs_a_form(client: Client, office: str) -> None:
    first, second = (parse_qs(urlsplit(begun(client)).query) for _attempt in range(2))
    assert first["redirect_uri"] == [f"http://testserver{FINISH}"]
    assert first["response_type"] == ["code"] and first["code_challenge_method"] == ["S256"]
    assert set(first["scope"][0].split()) == {"openid", "profile", "email"}
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 16 and first[name] != second[name]
    # Another site's link or picture must not begin a sign-in.
    assert client.get(BEGIN).status_code == 200
    assert Client(enforce_csrf_checks=True).post(BEGIN).status_code == 403


@pytest.mark.parametrize("verified", [False, None, "false", "true", 1])
def test_an_unverified_address_takes_nobody_over(
    client: Client, office: str, person: User, verified: Any
) -> None:
    claims = {} if verified is None else {"email_verified": verified}
    answer = sign_in(client, know(office, "thief", email="lee@example.org", **claims))
    assert answer.url == reverse("account-register")
    assert not is_signed_in(client) and not SocialAccount.objects.exists()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_a_stranger_gets_no_account_but_the_page_to_ask_for_one(
    client: Client, office: str
) -> None:
    answer = sign_in(client, know(office, "stranger", email="s@example.org", email_verified=True))
    assert answer.url == reverse("account-register")
    assert not User.objects.exists() and not is_signed_in(client)


def test_account_that_waits_for_approval_opens_only_when_approved(
    client: Client, office: str
) -> None:
    body = OrganizationFactory(kind=Organization.Kind.ORDERING_BODY)
    registration = request_account(
        name="박하늘",
        email="park@example.org",
        firm_name="하늘건설",
        registration_number="123-45-67890",
        ordering_body=body,
    )
    sub = know(office, "park", email="park@example.org", email_verified=True)
    assert sign_in(client, sub).url == reverse("account_inactive")
    assert not is_signed_in(client)
    administrator = User.objects.create_user("admin", name="관리자", office_role="administrator")
    approve_registration(registration=registration, by=administrator)
    assert sign_in(client, sub).url == "/pmis/"
    assert client.session["_auth_user_id"] == str(registration.user_id)
    assert Registration.objects.get().state == Registration.State.APPROVED


def test_a_disabled_person_is_not_let_in_by_the_provider(
    client: Client, office: str, person: User
) -> None:
    sub = know(office, "official-9", email="lee@example.org", email_verified=True)
    sign_in(client, sub)
    administrator = User.objects.create_user("admin", name="관리자", office_role="administrator")
    disable_person(person=person, by=administrator)
    other = Client()
    assert sign_in(other, sub).url == reverse("account_inactive")
    assert not is_signed_in(other)


def test_state_of_nobody_or_of_another_browser_is_refused(
    client: Client, office: str, person: User
) -> None:
    sub = know(office, "official-10", email="lee@example.org", email_verified=True)
    address = agreed(begun(client), sub)
    victim = Client()
    for browser, tampered in ((client, changed(address, state="x" * 16)), (victim, address)):
        answer = back(browser, tampered)
        assert answer.status_code == 401 and not is_signed_in(browser)
    assert back(client, address).url == "/pmis/"
    # The same answer a second time, from the history of the browser.
    assert back(Client(), address).status_code == 401
    assert back(client, address).status_code == 401


def test_code_of_another_sign_in_is_refused_by_its_nonce(
    client: Client, office: str, person: User
) -> None:
    """A stolen code in the thief's own attempt: the state is right, the ID token is not."""
    sub = know(office, "official-11", email="lee@example.org", email_verified=True)
    stolen = parse_qs(urlsplit(agreed(begun(Client()), sub)).query)["code"][0]
    own = agreed(begun(client), know(office, "thief-2", email="thief@example.org"))
    answer = back(client, changed(own, code=stolen))
    assert answer.status_code == 401 and not is_signed_in(client)
    assert not SocialAccount.objects.exists()


def test_a_changed_nonce_is_refused(client: Client, office: str, person: User) -> None:
    sub = know(office, "official-12", email="lee@example.org", email_verified=True)
    answer = back(client, agreed(changed(begun(client), nonce="another"), sub))
    assert answer.status_code == 401 and not is_signed_in(client)


def test_refusal_at_the_provider_signs_nobody_in(client: Client, office: str) -> None:
    answer = requests.post(begun(client), data={"action": "deny"}, allow_redirects=False, timeout=5)
    parts = urlsplit(answer.headers["Location"])
    state = parse_qs(urlsplit(begun(client)).query)["state"][0]
    answer = client.get(f"{FINISH}?{parts.query or 'error=access_denied'}", {"state": state})
    assert answer.status_code in (302, 401) and not is_signed_in(client)


Claims = dict[str, Any]


@pytest.mark.parametrize(
    "forge",
    [
        lambda claims: jwt.encode(claims, "x" * 32, "HS256", headers={"kid": "1"}),
        lambda claims: jwt.encode(claims, None, "none", headers={"kid": "1"}),
        lambda claims: jwt.encode(claims, "x" * 32, "HS256"),
        lambda claims: "no token at all",
    ],
)
def test_a_token_not_signed_by_the_provider_is_refused(
    client: Client,
    office: str,
    person: User,
    monkeypatch: pytest.MonkeyPatch,
    forge: Callable[[Claims], str],
) -> None:
    sub = know(office, "official-13", email="lee@example.org", email_verified=True)
    trade = OfficeAdapter.get_access_token_data

    def forged(self: OfficeAdapter, *args: Any, **kwargs: Any) -> Claims:
        answer = trade(self, *args, **kwargs)
        claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
        return {**answer, "id_token": forge(claims)}

    monkeypatch.setattr(OfficeAdapter, "get_access_token_data", forged)
    assert sign_in(client, sub).status_code == 401 and not is_signed_in(client)


def test_user_info_of_another_person_is_refused(
    client: Client, office: str, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"sub": "somebody else", "email": "lee@example.org", "email_verified": True}
    monkeypatch.setattr(OfficeAdapter, "_fetch_user_info", lambda self, token: other)
    answer = sign_in(client, know(office, "thief-3", email="thief@example.org"))
    assert answer.status_code == 401 and not is_signed_in(client)


def test_a_provider_that_does_not_answer_gives_a_page_not_an_error(
    client: Client, settings: Any, office: str
) -> None:
    address = begun(client)
    settings.SOCIALACCOUNT_PROVIDERS = configured(f"http://127.0.0.1:{free_port()}")
    answer = client.post(BEGIN, headers={"accept-language": "en"})
    assert answer.status_code == 401 and reverse("account_login") in answer.content.decode()
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert client.get(FINISH, {"state": state, "code": "x"}).status_code == 401


def test_a_provider_that_names_another_issuer_is_refused(
    client: Client, settings: Any, issuer: str
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = configured(issuer.replace("127.0.0.1", "localhost"))
    assert client.post(BEGIN).status_code == 302
    settings.SOCIALACCOUNT_PROVIDERS = configured(f"{issuer}/?")
    assert client.post(BEGIN).status_code == 401


def test_an_unknown_provider_is_not_found(client: Client, office: str) -> None:
    assert client.post(BEGIN.replace("office", "other")).status_code == 404


def test_an_existing_password_is_kept_where_the_address_was_proven_here(
    client: Client, office: str, person: User
) -> None:
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    sub = know(office, "official-14", email="lee@example.org", email_verified=True)
    assert sign_in(client, sub).url == "/pmis/"
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.parametrize(
    "values",
    [
        {"CCS_OIDC_ISSUER": "id.example.org"},
        {"CCS_OIDC_ISSUER": "https://"},
        {"CCS_OIDC_ISSUER": "ftp://id.example.org"},
        {"CCS_OIDC_ISSUER": "https://id.example.org", "CCS_OIDC_CLIENT_ID": ""},
        {"CCS_OIDC_ISSUER": "https://id.example.org", "CCS_OIDC_CLIENT_SECRET": ""},
    ],
)
def test_settings_that_cannot_be_right_stop_the_start(
    tmp_path: Any, values: dict[str, str]
) -> None:
    whole = {"CCS_OIDC_CLIENT_ID": "ccs", "CCS_OIDC_CLIENT_SECRET": "s", **values}
    with pytest.raises(ImproperlyConfigured, match="CCS_OIDC_"):
        _ = Environment(tmp_path, {"CCS_TESTING": "1", **whole}).oidc_issuer


def test_production_needs_a_provider_behind_tls(tmp_path: Any) -> None:
    values = {
        "CCS_TESTING": "1",
        "CCS_ENV": "production",
        "CCS_SECRET_KEY": "k" * 40,
        "CCS_ALLOWED_HOSTS": "build.example.org",
        "CCS_OIDC_ISSUER": "http://id.example.org",
        "CCS_OIDC_CLIENT_ID": "ccs",
        "CCS_OIDC_CLIENT_SECRET": "s",
    }
    with pytest.raises(ImproperlyConfigured, match="CCS_OIDC_ISSUER"):
        _ = Environment(tmp_path, values).oidc_issuer
    values["CCS_OIDC_ISSUER"] = "https://id.example.org/"
    assert Environment(tmp_path, values).oidc_issuer == "https://id.example.org"
