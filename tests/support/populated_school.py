"""What fills a school: every kind of object that an address can name, made through the JSON API.

`fill_school` returns ids by the name of the path parameter (or body field) that they go into. Every name, title
and text holds the school's canary, a word that nobody outside the school may ever see.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))

# No picture, but what is looked at says so; the canary makes it one's own.
JPEG = "\xff\xd8\xff{}\xff\xd9"

QUESTIONS: tuple[dict[str, object], ...] = (
    {"type": "single", "prompt": "Nearest star?", "options": ["Sirius", "The Sun"], "answer_key": ["1"]},
    {"type": "multiple", "prompt": "Planets?", "options": ["Mars", "Ceres", "Venus"], "answer_key": ["0", "2"]},
    {"type": "true_false", "prompt": "Is it round?", "answer_key": ["true"]},
    {"type": "short_text", "prompt": "Capital of France?", "answer_key": ["Paris"]},
    {"type": "numeric", "prompt": "Six by seven?", "answer_key": [42, 0.5]},
    {"type": "matching", "prompt": "Capitals", "options": ["France", "Japan"], "answer_key": ["Paris", "Tokyo"]},
    {"type": "ordering", "prompt": "By size", "options": ["b", "a", "c"], "answer_key": ["1", "0", "2"]},
    {"type": "cloze", "prompt": "A [[1]] has [[2]] legs.", "answer_key": [["spider"], {"value": 8}]},
)


@dataclass(frozen=True, slots=True)
class People:
    """Membership ids that the rest of the school is built around."""

    learner_id: str
    instructor_id: str


@dataclass(slots=True)
class Filling:
    """One school being filled: `client` acts as its owner."""

    client: httpx.AsyncClient
    canary: str
    people: People
    ids: dict[str, str]

    async def send(self, method: str, path: str, body: object = None) -> Any:  # whatever JSON the API answers
        answer = await self.client.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def make(self, name: str, path: str, body: Mapping[str, object]) -> str:
        """POST, and keep the new id under `name`."""
        made = await self.send("POST", path, body)
        self.ids[name] = str(made["id"])
        return self.ids[name]

    def called(self, what: str) -> str:
        return f"{what} {self.canary}"


async def fill_school(client: httpx.AsyncClient, *, canary: str, people: People) -> dict[str, str]:
    filling = Filling(client, canary, people, {"instructor_id": people.instructor_id})
    filling.ids |= dict.fromkeys(("user_id", "member_id", "learner_id"), people.learner_id)
    things = (
        _organisation,
        _files,
        _course,
        _more_courses,
        _seats,
        _imports,
        _exams,
        _attempts,
        _learning,
        _erasure,
        _privacy,
    )
    for fill in things:
        await fill(filling)
    return filling.ids


async def _organisation(school: Filling) -> None:
    await school.make("group_id", "/api/groups", {"name": school.called("Tutors")})
    members = {"member_ids": [school.people.learner_id, school.people.instructor_id]}
    await school.send("POST", f"/api/groups/{school.ids['group_id']}/members", members)
    invited = {"email": f"invited@{school.canary}.example.org", "name": school.called("Ida")}
    await school.make("invitation_id", "/api/invitations", invited)
    logo = await school.client.put("/api/organization/logo", content=JPEG.format(school.canary).encode("latin-1"))
    school.ids["digest"] = logo.json()["logo_url"].rsplit("/", 1)[-1]
    await school.make("domain_id", "/api/domains", {"host": f"learn.{school.canary}.example.org"})


async def _files(school: Filling) -> None:
    described = {
        "filename": f"{school.canary}.png",
        "size": len(PNG),
        "content_type": "image/png",
        "alt": school.canary,
    }
    announced = await school.send("POST", "/api/media/uploads", described)
    assert (await school.client.put(announced["upload_url"], content=PNG)).is_success
    asset = await school.send("GET", f"/api/media/assets/{announced['asset_id']}")
    school.ids |= {"asset_id": asset["id"], "filename": asset["filename"], "file_url": asset["url"]}
    pending = await school.send("POST", "/api/media/uploads", described)
    school.ids |= {"pending_asset_id": pending["asset_id"], "upload_url": pending["upload_url"]}


async def _course(school: Filling) -> None:
    course = await school.make("course_id", "/api/courses", {"title": school.called("Tides"), "summary": school.canary})
    await school.send("PATCH", f"/api/courses/{course}", {"subject": "Sea", "cover_asset_id": school.ids["asset_id"]})
    section = await school.make("section_id", f"/api/courses/{course}/sections", {"title": school.called("Currents")})
    lesson = await school.make("lesson_id", f"/api/sections/{section}/lessons", {"title": school.called("Drift")})
    for text in ("first", "second"):
        await school.send("PUT", f"/api/lessons/{lesson}/blocks", {"blocks": _blocks(school, text)})
    revisions = await school.send("GET", f"/api/lessons/{lesson}/revisions")
    school.ids["revision_id"] = revisions["items"][-1]["id"]
    gone = await school.make("deleted_lesson_id", f"/api/sections/{section}/lessons", {"title": school.called("Gone")})
    await school.send("DELETE", f"/api/lessons/{gone}")
    away = await school.make(
        "deleted_section_id", f"/api/courses/{course}/sections", {"title": school.called("Gone too")}
    )
    await school.send("DELETE", f"/api/sections/{away}")
    await school.send("POST", f"/api/courses/{course}/publish")


def _blocks(school: Filling, text: str) -> list[dict[str, object]]:
    source = f"asset:{school.ids['asset_id']}"
    return [
        {"id": "b1", "type": "rich_text", "html": f"<p>{school.called(text)}</p>"},
        {"id": "b2", "type": "image", "source": source, "alt": school.called("A map")},
        {"id": "b3", "type": "checklist", "title": school.called("Pack"), "items": ["Boots"]},
        {"id": "b4", "type": "table", "rows": [["Hour", "Height"], ["6", "4.2"]], "caption": school.called("Heights")},
        {"id": "b5", "type": "code", "language": "python", "code": "print(1)"},
        {"id": "b6", "type": "math", "latex": "E = mc^2", "alt": "E equals m c squared"},
    ]


async def _more_courses(school: Filling) -> None:
    """A draft, one that has an unsuspecting prerequisite, and a path through them."""
    draft = await school.make("other_course_id", "/api/courses", {"title": school.called("Draft")})
    section = await school.make(
        "other_section_id", f"/api/courses/{draft}/sections", {"title": school.called("Draft section")}
    )
    await school.make("other_lesson_id", f"/api/sections/{section}/lessons", {"title": school.called("Draft lesson")})
    path = await school.make("path_id", "/api/paths", {"title": school.called("Seafaring"), "summary": school.canary})
    await school.send("PATCH", f"/api/paths/{path}", {"courses": [school.ids["course_id"]], "published": True})


async def _seats(school: Filling) -> None:
    course, learner = school.ids["course_id"], school.people.learner_id
    open_to_all = {"course_id": course, "capacity": 10, "name": school.called("Spring")}
    cohort = await school.make("cohort_id", "/api/cohorts", open_to_all)
    await school.make("other_cohort_id", "/api/cohorts", {**open_to_all, "name": school.called("Autumn")})
    await school.send("PUT", f"/api/cohorts/{cohort}/instructors", {"instructor_ids": [school.people.instructor_id]})
    await school.make("enrollment_id", f"/api/cohorts/{cohort}/enrollments", {"learner_id": learner})
    full = await school.make(
        "full_cohort_id",
        "/api/cohorts",
        {**open_to_all, "capacity": 1, "waitlist": True, "name": school.called("Full")},
    )
    for name, person in (("seated_enrollment_id", "Sia"), ("waiting_enrollment_id", "Wim")):
        address = f"{person.lower()}@{school.canary}.example.org"
        added = await school.send("POST", "/api/users", {"email": address, "name": school.called(person)})
        await school.make(name, f"/api/cohorts/{full}/enrollments", {"learner_id": added["id"], "waitlist": True})
        school.ids[f"{person.lower()}_id"] = added["id"]


async def _imports(school: Filling) -> None:
    """A list of people that was looked at and not carried out."""
    rows = f"email,name\nimported@{school.canary}.example.org,{school.called('Imre')}\nnot an address,{school.canary}\n"
    headers = {"content-type": "text/csv"}
    sent = await school.client.post("/api/imports", content=rows, headers=headers)
    assert sent.is_success, sent.text
    school.ids["import_id"] = sent.json()["id"]


async def _exams(school: Filling) -> None:
    bank = await school.make("bank_id", "/api/question-banks", {"title": school.called("Bank")})
    for question in QUESTIONS[:3]:
        asked = {**question, "prompt": school.called(str(question["prompt"]))}
        school.ids["bank_question_id"] = (await school.send("POST", f"/api/question-banks/{bank}/questions", asked))[
            "id"
        ]
    exam = {"course_id": school.ids["course_id"], "title": school.called("Checkpoint"), "max_attempts": 0}
    assessment = await school.make("assessment_id", "/api/assessments", exam)
    for question in QUESTIONS:
        asked = {**question, "prompt": school.called(str(question["prompt"])), "points": 2}
        await school.make("question_id", f"/api/assessments/{assessment}/questions", asked)
    await school.make("draw_id", f"/api/assessments/{assessment}/draws", {"bank_id": bank, "count": 2})
    small = await school.make("small_assessment_id", "/api/assessments", {**exam, "title": school.called("Small")})
    asked = {**QUESTIONS[0], "prompt": school.called("Alone?")}
    await school.make("small_question_id", f"/api/assessments/{small}/questions", asked)
    path = f"/api/assessments/{assessment}/accommodations/{school.people.learner_id}"
    await school.send("PUT", path, {"extra_time_percent": 25, "note": school.canary})


async def _attempts(school: Filling) -> None:
    """One attempt that was handed in, and one that is running."""
    start = f"/api/assessments/{school.ids['assessment_id']}/attempts"
    who = {"learner_id": school.people.learner_id}
    done = await school.make("submitted_attempt_id", start, who)
    answers = {"answers": {school.ids["question_id"]: [school.canary, "8"]}}
    await school.send("PUT", f"/api/attempts/{done}/answers", answers)
    await school.send("POST", f"/api/attempts/{done}/submit")
    running = await school.make("attempt_id", start, who)
    await school.send("PUT", f"/api/attempts/{running}/answers", answers)


async def _erasure(school: Filling) -> None:
    """Asked for, never confirmed."""
    asked = {"member_id": school.ids["wim_id"], "ground": "objection"}
    await school.make("erasure_id", "/api/erasures", asked)


async def _learning(school: Filling) -> None:
    course, lesson, learner = school.ids["course_id"], school.ids["lesson_id"], school.people.learner_id
    await school.send("PUT", f"/api/courses/{course}/completion-rule", {"all_lessons": True, "certificate": True})
    await school.send("POST", f"/api/courses/{course}/lessons/{lesson}/complete", {"learner_id": learner})
    kept = {"learner_id": learner, "course_id": course, "completed_lessons": [lesson]}
    await school.send("POST", "/api/sync", kept)
    held = await school.send("GET", f"/api/certificates?learner_id={learner}")
    paper = held["items"][0]
    school.ids |= {"certificate_id": paper["id"], "code": paper["code"]}


async def _privacy(school: Filling) -> None:
    """A request, a hold, and a file about a member that administrators have asked for."""
    wish = {"kind": "correction", "wish": school.called("My name")}
    await school.make("request_id", "/api/me/privacy/requests", wish)
    held = {"learner_id": school.people.learner_id, "reason": school.called("Proceeding")}
    await school.make("hold_id", "/api/privacy/holds", held)
    await school.make("export_id", "/api/privacy/exports", {"learner_id": school.people.learner_id})
