"""Fixed points, series, hidden work, films."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from ccs.models import User
from pmis.models import FixedPoint, Photo
from pmis.roles import Role
from pmis.services.cameras import before_during_after, check_video_url, file_photo, series_of
from tests.factories.pmis import PhotoFactory, Site

AsUser = Callable[[User], Client]


def point_with_series(site: Site) -> FixedPoint:
    """Return a fixed point with four photos: one before, two during, one after."""
    point = FixedPoint.objects.create(project=site.project, name="시점부", direction=45)
    for day, category in enumerate(("before", "during", "during", "after"), 1):
        taken = datetime.datetime(2026, 3, day, tzinfo=datetime.UTC)
        PhotoFactory(project=site.project, series="시점부", category=category, taken_at=taken)
    return point


def test_a_series_shows_first_before_newest_during_newest_after(site: Site) -> None:
    point = point_with_series(site)
    days = [photo.taken_at.day for _label, photo in before_during_after(point) if photo]
    assert days == [1, 3, 4]
    assert [photo.taken_at.day for photo in series_of(point)] == [1, 2, 3, 4]


def test_the_time_lapse_goes_back_and_forth(site: Site, other_site: Site, as_user: AsUser) -> None:
    url = reverse("pmis:photo-point", args=[point_with_series(site).public_id])
    client = as_user(site[Role.SUPERVISOR])
    newest, first = client.get(url), client.get(f"{url}?n=1")
    assert (newest.context["place"], newest.context["later"]) == (4, 0)
    assert (first.context["earlier"], first.context["later"]) == (0, 2)
    assert client.get(f"{url}?n=999").context["place"] == 4
    assert as_user(other_site[Role.OFFICER]).get(url).status_code == 404


def test_a_fixed_point_is_added_once_by_those_who_take_photos(site: Site, as_user: AsUser) -> None:
    url = reverse("pmis:photo-points", args=[site.project.public_id])
    sent = {"name": "종점부", "direction": "180"}
    assert as_user(site[Role.SITE_AGENT]).post(url, sent).status_code == 302
    assert as_user(site[Role.SITE_AGENT]).post(url, sent).status_code == 400
    assert as_user(site[Role.SITE_AGENT]).post(url, {**sent, "direction": "360"}).status_code == 400
    assert as_user(site[Role.AUDITOR]).post(url, sent).status_code == 403
    assert FixedPoint.objects.get().direction == 180


def test_a_photo_is_filed_to_a_fixed_point_of_its_project(site: Site, as_user: AsUser) -> None:
    point_with_series(site)
    photo = PhotoFactory(project=site.project)
    with pytest.raises(ValidationError):
        file_photo(photo=photo, by=site[Role.SITE_AGENT], fields={"series": "없는 곳"})
    url = reverse("pmis:photo-file", args=[photo.public_id])
    sent = {"series": "시점부", "category": "during", "is_hidden_work": "on"}
    assert as_user(site[Role.SITE_AGENT]).post(url, sent).status_code == 302
    photo.refresh_from_db()
    assert (photo.series, photo.is_hidden_work) == ("시점부", True)


@pytest.mark.parametrize(
    "query", ["series=시점부", "category=before", "from_date=2026-03-02", "is_hidden_work=True"]
)
def test_the_album_is_filtered(site: Site, as_user: AsUser, query: str) -> None:
    point_with_series(site)
    PhotoFactory(project=site.project, activity="되메우기", is_hidden_work=True)
    url = reverse("pmis:photo-album", args=[site.project.public_id])
    shown = as_user(site[Role.OFFICER]).get(f"{url}?{query}").context["photos"]
    expected = {"series": 4, "category": 1, "from_date": 3, "is_hidden_work": 1}
    assert len(shown) == expected[query.partition("=")[0]]
    assert Photo.objects.count() == 5


@pytest.mark.parametrize(
    "url",
    [
        "http://video.city.example/1",
        "https://elsewhere.example/1",
        "https://video.city.example@elsewhere.example/",
        "https://user:word@video.city.example/",
        "https://video.city.example:8443/",
        "javascript:alert(1)",
        "https://video.city.example:x/",
    ],
)
def test_films_of_other_hosts_are_refused(settings: Any, url: str) -> None:
    settings.VIDEO_HOSTS = ["video.city.example"]
    check_video_url("https://video.city.example/film/1")
    with pytest.raises(ValidationError):
        check_video_url(url)


def test_a_refused_photo_is_in_no_series_and_a_point_without_photos_says_so(
    site: Site, as_user: AsUser
) -> None:
    point = point_with_series(site)
    Photo.objects.filter(category="after").update(state="refused")
    assert series_of(point).count() == 3
    assert dict(before_during_after(point))[str(Photo.Category.AFTER.label)] is None
    empty = FixedPoint.objects.create(project=site.project, name="빈 곳")
    client = as_user(site[Role.OFFICER])
    page = client.get(reverse("pmis:photo-point", args=[empty.public_id]))
    assert (page.context["photo"], page.context["total"]) == (None, 0)
    assert page.status_code == 200


def test_a_point_of_the_same_name_in_another_project_keeps_its_own_series(
    site: Site, other_site: Site
) -> None:
    point_with_series(site)
    other = FixedPoint.objects.create(project=other_site.project, name="시점부")
    assert not series_of(other).exists()


@pytest.mark.parametrize("number", ["0", "-1", "abc", "1e3", "99999999", "２"])
def test_any_number_in_the_address_shows_a_picture(
    site: Site, as_user: AsUser, number: str
) -> None:
    url = reverse("pmis:photo-point", args=[point_with_series(site).public_id])
    page = as_user(site[Role.OFFICER]).get(url, {"n": number})
    assert 1 <= page.context["place"] <= 4


def test_points_of_a_project_are_for_those_who_see_it(
    site: Site, other_site: Site, as_user: AsUser
) -> None:
    point_with_series(site)
    url = reverse("pmis:photo-points", args=[site.project.public_id])
    page = as_user(site[Role.AUDITOR]).get(url)
    assert page.status_code == 200 and not page.context["may_file"]
    assert len(page.context["rows"]) == 1
    assert as_user(other_site[Role.OFFICER]).get(url).status_code == 404
    assert as_user(other_site[Role.SITE_AGENT]).post(url, {"name": "x"}).status_code == 404
    assert Client().get(url).status_code == 302


def test_only_those_who_take_photos_file_them(
    site: Site, other_site: Site, as_user: AsUser
) -> None:
    photo = PhotoFactory(project=site.project)
    url = reverse("pmis:photo-file", args=[photo.public_id])
    assert as_user(site[Role.AUDITOR]).get(url).status_code == 403
    assert as_user(site[Role.AUDITOR]).post(url, {"category": "after"}).status_code == 403
    assert as_user(other_site[Role.SITE_AGENT]).get(url).status_code == 404
    photo.refresh_from_db()
    assert photo.category != "after"


def test_a_film_of_a_permitted_host_is_filed_and_another_is_named_in_the_form(
    site: Site, as_user: AsUser, settings: Any
) -> None:
    settings.VIDEO_HOSTS = ["video.city.example"]
    photo = PhotoFactory(project=site.project)
    url = reverse("pmis:photo-file", args=[photo.public_id])
    client = as_user(site[Role.SITE_AGENT])
    wrong = client.post(url, {"category": "during", "video_url": "https://elsewhere.example/1"})
    assert wrong.status_code == 400 and "video.city.example" in wrong.content.decode()
    film = "https://video.city.example/film/1"
    assert client.post(url, {"category": "during", "video_url": film}).status_code == 302
    photo.refresh_from_db()
    assert photo.video_url == film


def test_the_album_and_a_series_ask_no_more_often_for_more_photos(
    site: Site, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    point, client = point_with_series(site), as_user(site[Role.SUPERVISOR])
    pages = [
        reverse("pmis:photo-album", args=[site.project.public_id]),
        reverse("pmis:photo-point", args=[point.public_id]),
    ]
    counts = []
    for url in pages:
        with django_assert_max_num_queries(14) as few:
            client.get(url)
        counts.append(len(few.captured_queries))
    PhotoFactory.create_batch(8, project=site.project, series=point.name)
    for url, count in zip(pages, counts, strict=True):
        with django_assert_max_num_queries(count):
            client.get(url)
