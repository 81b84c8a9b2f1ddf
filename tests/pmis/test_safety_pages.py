"""Pages of safety: the finding in the rain, templates, one press, the project's page."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from ccs.lib.identity import new_public_id
from ccs.models import User
from pmis.models import Accident, RecordState, SafetyChecklist, SafetyFinding, WorkPermit
from pmis.roles import Role
from pmis.services.approvals import perform
from tests.factories import safety as made
from tests.factories.pmis import Site

State = RecordState
TYPES = (
    "safety-finding",
    "safety-checklist",
    "risk-assessment",
    "safety-plan",
    "safety-cost",
    "safety-activity",
    "work-permit",
    "accident",
)


@pytest.fixture
def inspector(site: Site, as_user: Callable[[User], Client]) -> Client:
    return as_user(site[Role.INSPECTOR])


@pytest.fixture
def engineer(site: Site, as_user: Callable[[User], Client]) -> Client:
    return as_user(site[Role.ENGINEER])


def form_url(site: Site, name: str, question: str = "") -> str:
    key = "plan" if name == "safety-plan" else new_public_id()
    return reverse(f"pmis:{name}-write", args=[site.project.public_id, key]) + question


def picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(content, "JPEG")
    return SimpleUploadedFile("site.jpg", content.getvalue(), content_type="image/jpeg")


def rain(site: Site, **extra: Any) -> dict[str, Any]:
    return {
        "hazard": "덮개 없음",
        "organization": str(site.firms["contractor"].public_id),
        "due_date": timezone.localdate().isoformat(),
        "severity": "serious",
        "source": "patrol",
        "found_date": timezone.localdate().isoformat(),
        **extra,
    }


def test_a_finding_is_sent_from_one_screen_with_its_photo(site: Site, inspector: Client) -> None:
    response = inspector.post(
        form_url(site, "safety-finding"), rain(site, photos=picture(), send="1")
    )
    finding = SafetyFinding.objects.get()
    empty = inspector.get(form_url(site, "safety-finding")).content.decode()
    assert 'name="send"' in empty and "Send the finding" in empty
    assert response["Location"].endswith(f"/{finding.public_id}/")
    assert (finding.state, finding.photos.count()) == (State.ASSIGNED, 1)
    page = inspector.get(response["Location"]).content.decode()
    assert "덮개 없음" in page and "Before and after" in page


def test_a_finding_without_a_firm_is_sent_all_the_same(site: Site, inspector: Client) -> None:
    inspector.post(
        form_url(site, "safety-finding"), rain(site, organization="", due_date="", send="1")
    )
    assert SafetyFinding.objects.get().state == State.OPEN


def test_an_empty_finding_says_what_is_missing(site: Site, inspector: Client) -> None:
    response = inspector.post(form_url(site, "safety-finding"), rain(site, hazard="", send="1"))
    assert response.status_code == 400
    assert "What is dangerous is missing." in response.content.decode()


def test_what_was_done_is_reported_with_a_photo_after(site: Site, engineer: Client) -> None:
    finding = made.make_finding(site.project, site[Role.INSPECTOR], site.firms["contractor"])
    finding = perform(subject=finding, action="assign_action", by=site[Role.INSPECTOR])
    url = reverse("pmis:safety-finding-done", args=[finding.public_id])
    assert engineer.get(url).status_code == 200
    response = engineer.post(url, {"action_note": "덮개 설치", "photos": picture()})
    assert response.status_code == 302
    finding.refresh_from_db()
    assert (finding.state, finding.action_photos.count()) == (State.DONE, 1)


def test_a_failed_item_makes_one_finding_with_one_press(site: Site, engineer: Client) -> None:
    checklist = made.make_checklist(site.project, site[Role.ENGINEER])
    perform(subject=checklist, action="submit", by=site[Role.ENGINEER])
    url = reverse("pmis:safety-checklist-detail", args=[checklist.public_id])
    page = engineer.get(url)
    [row] = page.context["failed"]
    form = engineer.get(row["url"])
    assert 'value="개구부 덮개"' in form.content.decode()
    engineer.post(row["url"], rain(site, source="checklist", send="1"))
    engineer.post(row["url"], rain(site, source="checklist", send="1"))
    finding = SafetyFinding.objects.get()
    [row] = engineer.get(url).context["failed"]
    assert row["is_found"] and str(finding.public_id) in row["url"]


@pytest.mark.parametrize(
    ("question", "item"), [("", "Helmets"), ("?template=heat", "Water, shade")]
)
def test_a_checklist_starts_with_the_items_of_its_template(
    site: Site, engineer: Client, question: str, item: str
) -> None:
    page = engineer.get(form_url(site, "safety-checklist", question)).content.decode()
    assert item in page


def test_another_template_replaces_items_without_an_answer(site: Site, engineer: Client) -> None:
    url = form_url(site, "safety-checklist")
    typed = {
        "template": "cold",
        "period": "daily",
        "date": timezone.localdate().isoformat(),
        "items-0-text": "안전모",
        "items-0-result": "pass",
        "items-1-text": "통로",
        "items-1-result": "",
    }
    response = engineer.post(url, {**typed, "template_items": "1"})
    page = engineer.get(response["Location"].partition("#")[0]).content.decode()
    assert "안전모" in page and "통로" not in page and "Warm clothes" in page
    assert not SafetyChecklist.objects.exists()


def test_a_permit_starts_with_the_precautions_of_its_kind(site: Site, engineer: Client) -> None:
    page = engineer.get(form_url(site, "work-permit", "?kind=crane")).content.decode()
    assert "Lifting plan checked" in page and 'type="datetime-local"' in page
    now = timezone.localtime()
    typed = {
        "kind": "crane",
        "work": "거더 인양",
        "place": "2번 교각",
        "valid_from": now.strftime("%Y-%m-%dT%H:%M"),
        "valid_until": now.replace(year=now.year + 1).strftime("%Y-%m-%dT%H:%M"),
        "precautions-0-text": "신호수",
        "precautions-0-is_in_place": "on",
    }
    response = engineer.post(form_url(site, "work-permit"), {**typed, "next": "1"})
    permit = WorkPermit.objects.get()
    assert timezone.localtime(permit.valid_from).minute == now.minute
    assert "longer than a day" in engineer.get(response["Location"]).content.decode()


def test_an_accident_is_reported_from_its_check_page(site: Site, engineer: Client) -> None:
    accident = made.make_accident(site.project, site[Role.ENGINEER])
    page = engineer.get(reverse("pmis:accident-check", args=[accident.public_id]))
    assert "report/" in page.content.decode() and "inform the authority" in page.content.decode()
    engineer.post(reverse("pmis:accident-report", args=[accident.public_id]))
    assert Accident.objects.get().state == State.REPORTED


@pytest.mark.parametrize("language", ["en", "ko"])
def test_pages_of_every_type_open_in_both_languages(
    site: Site, engineer: Client, language: str
) -> None:
    User.objects.filter(pk=site[Role.ENGINEER].pk).update(language=language)
    project, author = site.project, site[Role.ENGINEER]
    records = {
        "safety-finding": made.make_finding(project, author, site.firms["contractor"]),
        "safety-checklist": made.make_checklist(project, author),
        "risk-assessment": made.make_assessment(project, author),
        "safety-plan": made.make_plan(project, author),
        "safety-cost": made.make_cost(project, author),
        "safety-activity": made.make_activity(project, author),
        "work-permit": made.make_permit(project, author),
        "accident": made.make_accident(project, author),
    }
    assert engineer.get(reverse("pmis:project-safety", args=[project.public_id])).status_code == 200
    for name in TYPES:
        key = records[name].public_id
        for page in ("detail", "check", "print"):
            url = reverse(f"pmis:{name}-{page}", args=[key])
            assert engineer.get(url).status_code == 200, url
        write = "plan" if name == "safety-plan" else key
        url = reverse(f"pmis:{name}-write", args=[project.public_id, write])
        assert engineer.get(url).status_code == 200, url


@pytest.mark.parametrize("name", TYPES)
def test_registers_ask_few_questions(
    site: Site, engineer: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    makers = {
        "safety-finding": lambda: made.make_finding(
            site.project, site[Role.ENGINEER], site.firms["contractor"]
        ),
        "safety-checklist": lambda: made.make_checklist(site.project, site[Role.ENGINEER]),
        "risk-assessment": lambda: made.make_assessment(site.project, site[Role.ENGINEER]),
        "safety-plan": lambda: made.make_plan(site.project, site[Role.ENGINEER]),
        "safety-cost": lambda: made.make_cost(site.project, site[Role.ENGINEER]),
        "safety-activity": lambda: made.make_activity(site.project, site[Role.ENGINEER]),
        "work-permit": lambda: made.make_permit(site.project, site[Role.ENGINEER]),
        "accident": lambda: made.make_accident(site.project, site[Role.ENGINEER]),
    }
    for _number in range(1 if name == "safety-plan" else 5):
        makers[name]()
    with django_assert_max_num_queries(12):
        assert engineer.get(reverse(f"pmis:{name}-list")).status_code == 200


def test_the_safety_page_asks_the_same_questions_however_many_findings(
    site: Site, engineer: Client, django_assert_max_num_queries: Any
) -> None:
    for _number in range(8):
        finding = made.make_finding(site.project, site[Role.ENGINEER], site.firms["contractor"])
        perform(subject=finding, action="assign_action", by=site[Role.ENGINEER])
    url = reverse("pmis:project-safety", args=[site.project.public_id])
    with django_assert_max_num_queries(30):
        page = engineer.get(url).content.decode()
    assert page.count("덮개 없음") == 8


def test_only_overdue_findings_are_shown_when_asked(site: Site, engineer: Client) -> None:
    finding = made.make_finding(site.project, site[Role.ENGINEER], site.firms["contractor"])
    perform(subject=finding, action="assign_action", by=site[Role.ENGINEER])
    url = reverse("pmis:safety-finding-of-project", args=[site.project.public_id])
    assert "덮개 없음" in engineer.get(f"{url}?only=open").content.decode()
    assert "덮개 없음" not in engineer.get(f"{url}?only=overdue").content.decode()
