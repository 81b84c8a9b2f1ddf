"""Signing in: guard, second factor, sessions that end, people shut out."""

from __future__ import annotations

import base64
import datetime
import hmac
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from ccs.auth.adapters import AccountAdapter, MFAAdapter
from ccs.auth.guard import TooManyAttempts, account_key, address_key, count_attempt, count_sign_in
from ccs.lib.addresses import client_address
from ccs.models import AccessToken, SignInAttempt, User
from ccs.services.people import disable_person, enable_person
from ccs.services.tokens import find_token, issue_token, revoke_token

pytestmark = pytest.mark.django_db
PASSWORD = "중랑천-보행교-2026"
NOON = datetime.datetime(2026, 11, 20, 12, 1, tzinfo=datetime.UTC)


@pytest.fixture
def person() -> User:
    return User.objects.create_user(
        "lee", email="lee@example.org", password=PASSWORD, name="이정훈", language="ko"
    )


def sign_in(client: Client, login: str, password: str, **extra: Any) -> Any:
    return client.post(reverse("account_login"), {"login": login, "password": password}, **extra)


@pytest.mark.parametrize("login", ["lee", "lee@example.org", "LEE@example.org"])
def test_person_signs_in_by_name_or_address(client: Client, person: User, login: str) -> None:
    answer = sign_in(client, login, PASSWORD)
    assert answer.status_code == 302 and answer.url == "/pmis/"
    assert client.session["_auth_user_id"] == str(person.pk)


def test_wrong_password_says_so_and_signs_nobody_in(client: Client, person: User) -> None:
    answer = sign_in(client, "lee", "wrong")
    assert answer.status_code == 200 and "_auth_user_id" not in client.session
    assert answer.context["form"].errors


def test_guard_closes_after_the_limit_and_says_how_long(client: Client, person: User) -> None:
    with time_machine.travel(NOON, tick=False):
        for _attempt in range(5):
            sign_in(client, "lee", "wrong")
        answer = sign_in(client, "lee", PASSWORD, headers={"accept-language": "en"})
        assert "Wait 14 minutes, until 21:15" in answer.content.decode()
        assert "_auth_user_id" not in client.session


def test_guard_opens_again_in_the_next_window(client: Client, person: User) -> None:
    with time_machine.travel(NOON, tick=False):
        for _attempt in range(6):
            sign_in(client, "lee", "wrong")
    with time_machine.travel(NOON + datetime.timedelta(minutes=15), tick=False):
        assert sign_in(client, "lee", PASSWORD).status_code == 302


def test_success_forgets_the_guesses_at_the_account(client: Client, person: User) -> None:
    with time_machine.travel(NOON, tick=False):
        for _attempt in range(4):
            sign_in(client, "lee", "wrong")
        assert sign_in(client, "lee", PASSWORD).status_code == 302
    assert not SignInAttempt.objects.filter(key=account_key("lee")).exists()
    assert SignInAttempt.objects.get(key="address:127.0.0.1").count == 4


def test_name_and_address_share_one_counter(person: User) -> None:
    assert account_key("lee") == account_key("LEE@example.ORG")
    assert account_key("nobody") != account_key("somebody")
    assert "secret" not in account_key("my secret")


def test_one_address_cannot_try_many_accounts(settings: Any) -> None:
    settings.SIGN_IN_LIMIT_PER_ADDRESS = 10
    with time_machine.travel(NOON, tick=False):
        for number in range(10):
            count_sign_in(login=f"person{number}", address="192.0.2.7")
        with pytest.raises(TooManyAttempts):
            count_sign_in(login="another", address="192.0.2.7")
        count_sign_in(login="another", address="192.0.2.8")


def test_an_ipv6_network_counts_as_one_address() -> None:
    assert address_key("2001:db8:1:2::1") == address_key("2001:db8:1:2:ffff::9")
    assert address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [5])
def test_exactly_the_limit_passes_of_a_hundred_guesses_at_once(limit: int) -> None:
    def guess(_number: int) -> bool:
        try:
            count_attempt([("account:flood", limit)])
        except TooManyAttempts:
            return False
        finally:
            connections["default"].close()
        return True

    with time_machine.travel(NOON, tick=False), ThreadPoolExecutor(20) as pool:
        passed = sum(pool.map(guess, range(100)))
    assert passed == limit
    assert SignInAttempt.objects.get(key="account:flood").count == 100


@pytest.mark.django_db(transaction=True)
def test_of_forty_sign_ins_at_once_only_the_limit_compares_a_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    User.objects.create_user("kim", password="another-password-1", name="김")
    compared: list[int] = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: bool(compared.append(1)))

    def guess(number: int) -> None:
        try:
            sign_in(Client(), "kim", f"guess-{number}")
        finally:
            connections.close_all()

    with time_machine.travel(NOON, tick=False), ThreadPoolExecutor(10) as pool:
        list(pool.map(guess, range(40)))
    # Django compares once for the name and once for the address of each attempt let through.
    assert len(compared) == 5


@pytest.mark.parametrize(
    ("count", "forwarded", "address"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
    ],
)
def test_forged_forwarding_header_is_not_believed(
    settings: Any, count: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    request = RequestFactory().get(
        "/", headers={"x-forwarded-for": forwarded}, REMOTE_ADDR="192.0.2.1"
    )
    assert client_address(request) == address
    assert AccountAdapter().get_client_ip(request) == address


def test_idle_session_ends(client: Client, person: User, settings: Any) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client, "lee", PASSWORD)
        assert client.get(reverse("account")).status_code == 200
        clock.shift(settings.SESSION_IDLE_MINUTES * 60 - 5)
        assert client.get(reverse("account")).status_code == 200
        clock.shift(settings.SESSION_IDLE_MINUTES * 60 - 5)
        assert client.get(reverse("account")).status_code == 200
        clock.shift(settings.SESSION_IDLE_MINUTES * 60 + 5)
        answer = client.get(reverse("account"))
        assert answer.status_code == 302 and "/accounts/login/" in answer.url
        assert "_auth_user_id" not in client.session


def test_session_ends_after_its_time_though_used(
    client: Client, person: User, settings: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client, "lee", PASSWORD)
        for _hour in range(settings.SESSION_HOURS):
            assert client.get(reverse("account")).status_code == 200
            clock.shift(3600)
        clock.shift(60)
        assert client.get(reverse("account")).status_code == 302


def test_disabled_person_loses_sessions_and_keys_at_once(client: Client, person: User) -> None:
    administrator = User.objects.create_user("admin", name="관리자", office_role="administrator")
    sign_in(client, "lee", PASSWORD)
    forced = Client()
    forced.force_login(person)
    _token, key = issue_token(user=person, name="script", days=30)
    disable_person(person=person, by=administrator)
    assert client.get(reverse("account")).status_code == 302
    assert forced.get(reverse("account")).status_code == 302
    assert find_token(key) is None
    assert not UserSession.objects.filter(user=person).exists()
    alive = [row for row in Session.objects.all() if "_auth_user_id" in row.get_decoded()]
    assert alive == []
    assert sign_in(Client(), "lee", PASSWORD).url == reverse("account_inactive")


def test_enabled_again_the_old_sessions_and_keys_stay_ended(client: Client, person: User) -> None:
    administrator = User.objects.create_user("admin", name="관리자", office_role="administrator")
    client.force_login(person)
    _token, key = issue_token(user=person, name="script", days=30)
    disable_person(person=person, by=administrator)
    enable_person(person=person, by=administrator)
    assert client.get(reverse("account")).status_code == 302
    assert find_token(key) is None
    assert sign_in(Client(), "lee", PASSWORD).url == "/pmis/"


def test_nobody_disables_their_own_account(person: User) -> None:
    with pytest.raises(ValidationError):
        disable_person(person=person, by=person)


def test_signup_is_closed(client: Client) -> None:
    answer = client.get(reverse("account_signup"))
    assert reverse("account-register") in answer.content.decode()
    client.post(
        reverse("account_signup"),
        {"email": "x@example.org", "username": "x", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not User.objects.filter(username="x").exists()


def totp_code(secret: str) -> str:
    """The code of RFC 6238 for now, worked out independently of the library."""
    key = base64.b32decode(secret)
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def test_second_factor_is_asked_and_its_secret_lies_encrypted(client: Client, person: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    stored = Authenticator.objects.get(user=person)
    assert secret not in str(stored.data)
    with time_machine.travel(NOON, tick=False):
        assert sign_in(client, "lee", PASSWORD).url == reverse("mfa_authenticate")
        assert "_auth_user_id" not in client.session
        answer = client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
        assert answer.status_code == 302
        assert client.session["_auth_user_id"] == str(person.pk)


def test_codes_are_guarded_like_passwords(client: Client, person: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    with time_machine.travel(NOON, tick=False):
        sign_in(client, "lee", PASSWORD)
        for number in range(5):
            client.post(reverse("mfa_authenticate"), {"code": f"00000{number}"})
        client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
        assert "_auth_user_id" not in client.session


def test_secrets_can_be_read_after_the_secret_key_was_changed(settings: Any) -> None:
    old = MFAAdapter().encrypt("secret")
    with override_settings(
        SECRET_KEY="another secret key", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]
    ):
        assert MFAAdapter().decrypt(old) == "secret"


PAGES = (
    "account",
    "account-tokens",
    "account-registrations",
    "account_change_password",
    "account_email",
    "mfa_index",
    "usersessions_list",
    "account_logout",
)


@pytest.mark.parametrize("name", PAGES)
def test_account_pages_need_a_sign_in(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 302


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_account_pages_answer_without_inline_script_or_style(
    client: Client, person: User, name: str, language: str
) -> None:
    client.force_login(person)
    answer = client.get(reverse(name), headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert " style=" not in page and " onclick=" not in page
    for piece in page.split("<script")[1:]:
        opening = piece.split(">")[0]
        assert "src=" in opening or 'type="application/json"' in opening


def test_choosing_a_language_keeps_it_with_the_account(client: Client, person: User) -> None:
    client.force_login(person)
    answer = client.post(
        reverse("account-language"), {"language": "en", "next": "https://evil.example/"}
    )
    assert answer.url == "/pmis/"
    person.refresh_from_db()
    assert person.language == "en"


def test_key_is_made_after_a_fresh_proof_and_shown_once(client: Client, person: User) -> None:
    sign_in(client, "lee", PASSWORD)
    answer = client.post(reverse("account-tokens"), {"name": "upload", "days": 30})
    assert "reauthenticate" in answer.url and not AccessToken.objects.exists()
    answer = client.post(answer.url, {"password": PASSWORD})
    key = answer.context["key"]
    assert answer.status_code == 201 and key.startswith("ccs_")
    assert key not in client.get(reverse("account-tokens")).content.decode()
    token = AccessToken.objects.get()
    assert key not in (token.digest, token.hint, token.name)
    assert find_token(key) == token


def test_revoked_or_expired_key_opens_nothing(person: User) -> None:
    token, key = issue_token(user=person, name="one", days=1)
    with time_machine.travel(token.expires_at + datetime.timedelta(seconds=1)):
        assert find_token(key) is None
    revoke_token(token=token)
    assert find_token(key) is None


def test_nobody_revokes_the_key_of_another(client: Client, person: User) -> None:
    other = User.objects.create_user("other", name="남")
    token, key = issue_token(user=other, name="theirs", days=1)
    client.force_login(person)
    assert client.post(reverse("account-token-revoke", args=[token.pk])).status_code == 404
    assert find_token(key) == token


OIDC = {
    "openid_connect": {
        "EMAIL_AUTHENTICATION": True,
        "APPS": [
            {
                "provider_id": "office",
                "name": "시청 통합로그인",
                "client_id": "ccs",
                "secret": "x",
                "settings": {"server_url": "https://id.example.org"},
            }
        ],
    }
}


def social_login(rf: Any, email: str, *, verified: bool) -> tuple[Any, SocialLogin]:
    request = rf.get("/")
    request.user = AnonymousUser()
    request.session = Client().session
    request._messages = FallbackStorage(request)
    provider = get_adapter().get_provider(request, "office")
    claims = {"sub": "42", "email": email, "email_verified": verified, "name": "이정훈"}
    return request, provider.sociallogin_from_response(request, {"userinfo": claims})


def test_own_identity_provider_stands_on_the_sign_in_page(client: Client, settings: Any) -> None:
    assert "통합로그인" not in client.get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = OIDC
    assert "시청 통합로그인" in client.get(reverse("account_login")).content.decode()


def test_verified_address_of_the_provider_leads_to_its_account(
    rf: Any, person: User, settings: Any
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = OIDC
    request, login = social_login(rf, "lee@example.org", verified=True)
    login.lookup()
    get_adapter().pre_social_login(request, login)
    assert login.is_existing and login.user == person


@pytest.mark.parametrize(
    ("email", "verified"), [("lee@example.org", False), ("stranger@example.org", True)]
)
def test_provider_makes_no_account_and_no_unproven_address_opens_one(
    rf: Any, person: User, settings: Any, email: str, verified: bool
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = OIDC
    request, login = social_login(rf, email, verified=verified)
    login.lookup()
    with pytest.raises(ImmediateHttpResponse) as refused:
        get_adapter().pre_social_login(request, login)
    assert refused.value.response.url == reverse("account-register")
    assert not get_adapter().is_open_for_signup(request, login)
