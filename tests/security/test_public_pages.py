"""Every public answer: no cookie, no session, no private query, nothing inline, safe headers."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import ResolverMatch
from django.utils import translation

from allimi.models import PublishedRecord
from allimi.presentation.reading import record_url
from allimi.publication import publish_pending
from allimi.roles import PORTAL
from ccs.lib.publicity import PrivateDataTouched, public, public_request
from ccs.middleware import PublicRequestMiddleware
from ccs.models import User
from tests.allimi.conftest import Site
from tests.security.addresses import SAMPLES, all_addresses
from tests.security.crawler import crawl

PUBLIC = [address for address in all_addresses() if address.is_public]
#: Answers that are no page of the portal: their own cache rules, tested in their own place.
WITHOUT_ETAG = {
    address.path
    for address in PUBLIC
    if address.name in ("healthz", "api-schema", "api-docs", "file", "allimi:verified")
}
MISSING = ("/nowhere/", "/ko/nowhere/", "/en/projects/nowhere/", f"/ko/records/{SAMPLES['uuid']}/")
INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)[^>]*>", re.I
)
OUTSIDE = re.compile(r"<(?:script|link|img|iframe|source|form)[^>]*\s(?:src|href|action)=\"//")


def _with_records(site: Site) -> list[str]:
    """Return the address of every published record in every language, after publishing all."""
    site.approve(site.schedule())
    site.approve(site.report())
    publish_pending()
    found = []
    for record in PublishedRecord.objects.all():
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found.append(record_url(record))
    return [*found, *(address.path for address in PUBLIC), *MISSING]


def _said(response: HttpResponseBase) -> str:
    return response.content.decode() if not response.streaming else ""


def _is_cookieless(response: HttpResponseBase) -> bool:
    varies = response.headers.get("Vary", "").lower()
    return not response.cookies and "Set-Cookie" not in response.headers and "cookie" not in varies


def test_public_addresses_are_those_of_the_portal() -> None:
    """A page that becomes public by accident stops here."""
    assert {address.name for address in PUBLIC} == {
        "choose-language",
        "file",
        "healthz",
        *(f"api-{name}" for name in ("root", "schema", "docs")),
        *(f"api-{name}" for name in ("areas", "area", "projects", "project")),
        *(f"api-{name}" for name in ("records", "record-types", "record", "versions")),
        *(f"allimi:{name}" for name in ("front", "area", "projects", "near", "project")),
        *(f"allimi:{name}" for name in ("reports", "photos", "report", "report-version")),
        "allimi:kinds",
        "allimi:records-of-kind",
        *(f"allimi:{name}" for name in ("record", "record-version", "withheld")),
        *(f"allimi:{name}" for name in ("about", "help", "nowhere", "verify", "verified")),
    }


def test_no_public_answer_sets_a_cookie_or_depends_on_one(site: Site, signed_in: Client) -> None:
    stranger = Client()
    for path in _with_records(site):
        if path == "/nowhere/":
            continue  # below no language: answered by the working side
        for client in (stranger, signed_in):
            answer = client.get(path)
            assert answer.status_code in (200, 302, 301, 400, 404), path
            assert _is_cookieless(answer), path


def test_a_signed_in_visitor_gets_the_same_bytes_as_a_stranger(
    site: Site, signed_in: Client
) -> None:
    stranger = Client()
    for path in _with_records(site):
        theirs, ours = stranger.get(path), signed_in.get(path)
        assert _said(theirs) == _said(ours), path
        assert theirs.status_code == ours.status_code
        assert site.officer.name not in _said(ours) or "record" in path or "project" in path


def test_every_public_answer_has_safe_headers(site: Site, client: Client) -> None:
    for path in _with_records(site):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy and "*" not in policy and "nonce" not in policy, path
        assert "frame-ancestors 'none'" in policy or "sandbox" in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "Server" not in headers and "X-Powered-By" not in headers


def test_a_failing_page_has_safe_headers_too(
    site: Site, signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in.raise_request_exception = False

    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("allimi.views.public.front_page", fail)
    answer = signed_in.get("/ko/")
    assert answer.status_code == 500
    assert _is_cookieless(answer)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert not INLINE.search(_said(answer))
    assert "ETag" not in answer.headers


def test_nothing_is_inline_and_nothing_is_asked_from_elsewhere(site: Site, client: Client) -> None:
    pages = 0
    for path in _with_records(site):
        answer = client.get(path)
        if "html" in answer.headers.get("Content-Type", ""):
            pages += 1
            assert not (found := INLINE.search(_said(answer))), (path, found)
            assert not OUTSIDE.search(_said(answer)), path
    assert pages > 30


@pytest.mark.parametrize("bad", ['<p style="x">', "<style>", '<a onclick="x">', "<script>x"])
def test_the_search_for_inline_code_finds_it(bad: str) -> None:
    assert INLINE.search(bad)


def test_a_script_of_its_own_is_not_inline() -> None:
    assert not INLINE.search('<script src="/static/js/age.js" defer></script>')


def test_every_portal_answer_has_a_strong_etag_and_knows_its_reader_again(
    site: Site, client: Client
) -> None:
    seen = 0
    for path in _with_records(site):
        first = client.get(path)
        if first.status_code != 200 or path in WITHOUT_ETAG:
            continue
        seen += 1
        tag = first.headers["ETag"]
        assert tag.startswith('"') and tag.endswith('"'), path
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["ETag"] == tag
        assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
        other = client.get(path, headers={"If-None-Match": '"another"'})
        assert other.status_code == 200, path
    assert seen > 30


def test_a_publication_makes_every_tag_old(site: Site, client: Client) -> None:
    tags = {path: client.get(path).headers["ETag"] for path in ("/ko/", "/en/", "/api/v1/areas/")}
    site.project.description = "바뀜"
    site.project.save(update_fields=["description"])
    publish_pending()
    for path, tag in tags.items():
        answer = client.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == 200 and answer.headers["ETag"] != tag


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed_through_a_public_address(
    db: None, client: Client, method: str
) -> None:
    for address in PUBLIC:
        ask = getattr(client, method)
        answer = ask(address.path, data="{}", content_type="application/json")
        assert answer.status_code == 405, address.path
        assert _is_cookieless(answer)


def test_hostile_questions_are_answered_without_failure(site: Site, client: Client) -> None:
    hostile = ("'", '"><script>alert(1)</script>', "%00", "\x00", "..", "-1", "9" * 40, "é" * 400)
    names = ("q", "after", "type", "status", "body", "firm", "date_from", "amount_from")
    names += ("latitude", "longitude", "radius", "parent", "kind", "page_size", "text", "project")
    for address in PUBLIC:
        for value in hostile:
            answer = client.get(address.path, dict.fromkeys(names, value))
            assert answer.status_code in (200, 302, 400, 404), (address.path, value)
            if "html" in answer.headers.get("Content-Type", ""):
                assert "<script>alert" not in _said(answer), (address.path, value)


def test_the_links_of_the_portal_lead_nowhere_that_fails(site: Site, client: Client) -> None:
    site.approve(site.report())
    publish_pending()
    for answer in crawl(client, ["/ko/", "/en/"]):
        assert answer.status in (200, 302), (answer.status, answer.address)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/ko/projects", "/ko/projects/"),
        ("/en/areas/S1?type=road", "/en/areas/S1/?type=road"),
        ("/ko/nowhere", None),
        ("/ko//example.org", None),
        ("/ko/projects/x/y/z", None),
    ],
)
def test_a_lost_address_gets_the_slash_it_lacks_and_nothing_else(
    site: Site, signed_in: Client, path: str, target: str | None
) -> None:
    answer = signed_in.get(path)
    assert _is_cookieless(answer)
    assert answer.status_code == (301 if target else 404)
    assert answer.headers.get("Location") == target


# -- The guard over the working database, on a connection of its own ----------------------------


def _handle(view: Any, request: HttpRequest) -> HttpResponse:
    middleware = PublicRequestMiddleware(lambda _: HttpResponse("not public"))
    return middleware._serve(request, ResolverMatch(public(view), (), {}), "ko")


class TestGuard:
    """With two real connections, as a running system has them."""

    @pytest.fixture(autouse=True)
    def _public_requests_read_as_the_portal(self) -> None:
        """Replace the fixture of all tests: here the connection itself has the role."""

    @pytest.fixture
    def portal(self, transactional_db: None) -> Iterator[DatabaseWrapper]:
        """Give the portal a connection of its own that can only do what its role may."""
        facts = copy.deepcopy(connection.settings_dict)
        facts["OPTIONS"] = {**facts["OPTIONS"], "options": f"-c role={PORTAL}"}
        shared = connections["portal"]
        own = DatabaseWrapper(facts, "portal")
        own.inc_thread_sharing()
        connections["portal"] = own
        yield own
        own.close()
        connections["portal"] = shared

    def test_public_pages_ask_the_working_database_nothing(self, portal: DatabaseWrapper) -> None:
        site = Site()
        publish_pending()
        paths = _with_records(site)
        visitor = Client()
        visitor.force_login(site.officer, backend=settings.AUTHENTICATION_BACKENDS[0])
        for client in (Client(), visitor):
            for path in paths:
                if path != "/nowhere/":
                    assert client.get(path).status_code in (200, 301, 302, 400, 404), path
        assert portal.connection is not None, "the portal's connection was not used"

    def test_a_public_view_that_reads_people_fails_at_once(self, portal: DatabaseWrapper) -> None:
        def reads_default(request: HttpRequest) -> HttpResponse:
            return HttpResponse(str(User.objects.using("default").count()))

        def reads_as_portal(request: HttpRequest) -> HttpResponse:
            return HttpResponse(str(User.objects.count()))

        request = RequestFactory().get("/ko/")
        with pytest.raises(PrivateDataTouched):
            _handle(reads_default, request)
        with pytest.raises(DatabaseError, match="permission denied"):
            _handle(reads_as_portal, request)

    def test_a_public_view_cannot_write(self, portal: DatabaseWrapper) -> None:
        with public_request(), pytest.raises(DatabaseError, match="permission denied"):
            PublishedRecord.objects.update(title="X")

    def test_the_guard_ends_with_the_request(self, portal: DatabaseWrapper) -> None:
        _handle(lambda request: HttpResponse("fine"), RequestFactory().get("/ko/"))
        assert User.objects.count() == 0
