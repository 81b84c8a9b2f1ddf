"""The search box: every write is found at once, in any script, and only by those who may see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from ccs.lib.search import excerpt, fold, marked, words_of
from ccs.models import User
from pmis.models import DailyReport, SavedFilter, SearchEntry
from pmis.search_index import searched
from pmis.services.search import Found, search
from tests.factories.ccs import UserFactory
from tests.factories.pmis import ContractFactory, PhotoFactory, ProjectFactory, Site

SignIn = Callable[[User], Client]


def _types(found: Found) -> list[str]:
    return [group.kind.record_type for group in found.groups]


# -- Words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "은행나무길 보행교",
        "Đường Cầu ÉLAN",
        "Міст ИЙ",
        "ＡＢ１ ﬁ",
        "ถนนสุขุมวิท",
        "جِسْر",
        "C-00012/가나",
        "½ · x",
    ],
)
def test_the_database_folds_words_as_python_does(db: None, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ccs_fold(%s)", [text])
        assert cursor.fetchone()[0] == fold(text)
        cursor.execute("SELECT ccs_bigrams(ccs_fold(%s))", [text])
        pairs = {word[at : at + 2] for word in words_of(text) for at in range(len(word) - 1)}
        assert set(cursor.fetchone()[0]) == pairs


def test_hits_are_marked_in_the_text_as_it_was_written() -> None:
    assert marked("Cầu Élan 은행나무길", ["cau", "나무"]) == [
        ("Cầu", True),
        (" Élan 은행", False),
        ("나무", True),
        ("길", False),
    ]
    assert ("girder", True) in marked("the girder", ["girdar"], alike=True)


def test_an_excerpt_shows_the_first_hit() -> None:
    text = "앞 " * 200 + "거더 거치" + " 뒤" * 200
    assert "거더 거치" in excerpt(text, ["거더"])
    assert len(excerpt(text, ["거더"])) < 170


# -- Every write is found -----------------------------------------------------------------------


def test_a_korean_word_of_two_syllables_is_found_within_a_longer_one(site: Site) -> None:
    found = search(text="나무", by=site["officer"])
    assert _types(found) == ["project"]


def test_a_report_is_found_by_its_lines_and_by_its_day(site: Site) -> None:
    site.report()
    for text in ("교각", "크레인", "철근공", "2026-11-20"):
        assert "daily_report" in _types(search(text=text, by=site["supervisor"])), text


def test_a_change_in_sql_is_found_at_once(site: Site) -> None:
    report = site.report()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pmis_dailyreport SET work_summary = '방수 도포' WHERE id = %s", [report.pk]
        )
        cursor.execute("UPDATE pmis_workline SET activity = '쇄석 포설'")
    assert "daily_report" in _types(search(text="도포", by=site["officer"]))
    assert "daily_report" in _types(search(text="쇄석 포설", by=site["officer"]))
    assert _types(search(text="3번", by=site["officer"])) == []


def test_a_deleted_record_is_not_found_any_more(site: Site) -> None:
    photo = PhotoFactory(project=site.project, caption="신축이음 설치")
    assert _types(search(text="신축이음", by=site["officer"])) == ["photo"]
    photo.delete()
    assert _types(search(text="신축이음", by=site["officer"])) == []


def test_all_versions_of_a_record_are_one_entry_with_the_words_of_the_newest(site: Site) -> None:
    report = site.report("approved")
    correction = DailyReport.objects.get(pk=report.pk)
    correction.pk = None
    correction.version_no, correction.state, correction.approved_at = 2, "draft", None
    correction.supersedes_id, correction.reason = report.pk, "오기"
    correction.work_summary = "4번 교각 거푸집"
    correction.save()
    entry = SearchEntry.objects.get(record_type="daily_report")
    assert "거푸집" in entry.text
    assert "3번 교각" not in entry.text


def test_a_firm_renamed_is_found_under_its_new_name(site: Site) -> None:
    contract = ContractFactory(project=site.project)
    contract.contractor.name = "새벽별토건"
    contract.contractor.save()
    assert "contract" in _types(search(text="새벽별", by=site["officer"]))


def test_a_typing_error_in_an_alphabetic_script_is_forgiven(site: Site) -> None:
    project = ProjectFactory(name="Riverside embankment", name_en="Riverside embankment")
    administrator = UserFactory(office_role="administrator")
    assert not search(text="embankment", by=administrator).is_alike
    found = search(text="rivreside embankmant", by=administrator)
    assert found.is_alike
    assert found.groups[0].hits[0].url.endswith(f"{project.public_id}/")


def test_several_words_narrow_a_search(site: Site) -> None:
    site.report()
    assert _types(search(text="거더 교각", by=site["officer"])) == ["daily_report"]
    assert _types(search(text="거더 없는말", by=site["officer"])) == []


def test_every_record_type_with_a_life_is_searched() -> None:
    record_types = [row.record_type for row in searched()]
    assert len(record_types) == len(set(record_types))
    assert {"project", "participant", "contract", "daily_report", "schedule"} <= set(record_types)


# -- Only what a person may see -----------------------------------------------------------------


def test_nobody_finds_records_of_projects_they_may_not_see(site: Site, other_site: Site) -> None:
    site.report()
    assert _types(search(text="교각", by=other_site["officer"])) == []
    assert _types(search(text="교각", by=UserFactory())) == []
    assert _types(search(text="교각", by=UserFactory(office_role="executive"))) == ["daily_report"]


def test_what_is_withheld_from_the_public_is_not_shown_in_a_list_of_hits(site: Site) -> None:
    report = site.report(internal_remarks="비밀스러운말", worker_names="홍길동아무개")
    report.visitors.create(body="구청", name="방문자이름", purpose="점검")
    participant = site.project.participants.first()
    participant.email, participant.mobile = "secretmail@example.org", "010-7777-1234"
    participant.save()
    for text in ("비밀스러운말", "홍길동아무개", "방문자이름", "secretmail", "7777"):
        assert _types(search(text=text, by=site["officer"])) == [], text


# -- The page -----------------------------------------------------------------------------------


def test_the_page_asks_six_questions_and_marks_the_hits(
    site: Site, as_user: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    site.report("approved")
    client = as_user(site["supervisor"])
    client.get(reverse("pmis:search"))
    with django_assert_max_num_queries(6):
        answer = client.get(reverse("pmis:search"), {"q": "거더"})
    assert "<mark>거더</mark>" in answer.content.decode()
    with django_assert_max_num_queries(6):
        client.get(reverse("pmis:search"), {"q": "nothing likethis"})


def test_the_hits_of_one_type_are_paged_by_keyset(site: Site, as_user: SignIn) -> None:
    for number in range(30):
        PhotoFactory(project=site.project, caption=f"교좌장치 {number}")
    client = as_user(site["officer"])
    answer = client.get(reverse("pmis:search"), {"q": "교좌장치"})
    assert len(answer.context["found"].groups[0].hits) == 5
    seen: list[str] = []
    after = ""
    while True:
        query = {"q": "교좌장치", "type": "photo", "after": after}
        group = client.get(reverse("pmis:search"), query).context["found"].groups[0]
        seen += [hit.url for hit in group.hits]
        after = group.next_key
        if not after:
            break
    assert len(seen) == len(set(seen)) == 30


def test_one_letter_and_nothing_are_answered_with_a_sentence(site: Site, as_user: SignIn) -> None:
    client = as_user(site["officer"])
    for query in ("", "가", "%", "___", "' OR 1=1", "a" * 5000):
        assert client.get(reverse("pmis:search"), {"q": query}).status_code == 200


def test_every_working_page_has_the_search_box(site: Site, as_user: SignIn) -> None:
    answer = as_user(site["officer"]).get(reverse("pmis:project-list"))
    assert f'action="{reverse("pmis:search")}"' in answer.content.decode()


# -- Saved filters ------------------------------------------------------------------------------


def _save(client: Client, site: Site, **fields: str) -> int:
    data = {
        "page": "daily-report-list",
        "query": "state=approved&after=x&format=csv",
        "name": "승인된 것",
        "project": str(site.project.public_id),
        **fields,
    }
    return client.post(reverse("pmis:filter-save"), data).status_code


def test_a_filter_is_kept_without_the_page_that_was_open(site: Site, as_user: SignIn) -> None:
    client = as_user(site["officer"])
    assert _save(client, site) == 302
    assert SavedFilter.objects.get().query == "state=approved"
    _save(client, site, query="state=draft")
    assert SavedFilter.objects.get().query == "state=draft"
    register = reverse("pmis:daily-report-of-project", args=[site.project.public_id])
    for address in (register, reverse("pmis:my-day")):
        assert "승인된 것" in client.get(address).content.decode(), address


def test_a_shared_filter_is_found_by_the_team_and_deleted_by_its_owner_only(
    site: Site, other_site: Site, as_user: SignIn
) -> None:
    _save(as_user(site["officer"]), site, is_shared="1")
    register = reverse("pmis:daily-report-of-project", args=[site.project.public_id])
    colleague = as_user(site["supervisor"])
    assert "승인된 것" in colleague.get(register).content.decode()
    address = reverse("pmis:filter-delete", args=[SavedFilter.objects.get().pk])
    assert colleague.post(address).status_code == 403
    assert as_user(other_site["officer"]).post(address).status_code == 404
    assert as_user(site["officer"]).post(address).status_code == 302
    assert not SavedFilter.objects.exists()


def test_a_private_filter_is_nobody_elses(site: Site, as_user: SignIn) -> None:
    _save(as_user(site["officer"]), site)
    register = reverse("pmis:daily-report-of-project", args=[site.project.public_id])
    assert "승인된 것" not in as_user(site["supervisor"]).get(register).content.decode()


def test_a_filter_without_name_or_content_or_register_is_refused(
    site: Site, other_site: Site, as_user: SignIn
) -> None:
    client = as_user(site["officer"])
    _save(client, site, name=" ")
    _save(client, site, query="after=x")
    _save(client, site, page="nonsense")
    assert not SavedFilter.objects.exists()
    assert _save(client, site, project=str(other_site.project.public_id)) == 404
    assert _save(client, site, project="nonsense") == 404
