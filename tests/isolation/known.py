"""What introspection cannot find out by itself: which object goes where, and bodies that obey more than a schema."""

from typing import Any

FIELD_IDS: dict[str, str] = {
    "actor_id": "member_id",
    "assessment_ids": "assessment_id",
    "completed_lessons": "lesson_id",
    "courses": "course_id",
    "cover_asset_id": "asset_id",
    "enrollment_ids": "enrollment_id",
    "instructor_ids": "instructor_id",
    "last_position_lesson": "lesson_id",
    "lessons": "lesson_id",
    "member_ids": "learner_id",
    "requires": "other_course_id",
    "subject_id": "course_id",
}
"""The populated object (its key in `PopulatedSchool.ids`) that a body field or query parameter takes."""

MADE_UP: dict[str, str] = {
    "block_id": "the author's editor names blocks; a note keeps the name of the block beside it",
    "cursor": "a place in a list; that it is not a way into another list is tested below",
    "view_id": "the learner's device numbers its views",
}
"""Id-like fields that name no object, each with what it is."""

PLAIN: dict[str, str] = {"row": "2", "service": "enrol", "flag": "media.uploads"}
"""Parameters that are no ids, with a value that fits our populated object."""

WRAPPED: dict[str, tuple[str, str]] = {"file_name": ("certificate_id", "{}.pdf")}
"""Path parameters that have an id inside them, and how."""

ROUTE_IDS: dict[str, dict[str, str]] = {
    "DELETE /api/question-banks/{bank_id}/questions/{question_id}": {"question_id": "bank_question_id"},
    "PUT /api/question-banks/{bank_id}/questions/{question_id}": {"question_id": "bank_question_id"},
    "GET /teach/banks/{bank_id}/questions/{question_id}": {"question_id": "bank_question_id"},
    "POST /teach/banks/{bank_id}/questions/{question_id}": {"question_id": "bank_question_id"},
    "POST /teach/banks/{bank_id}/questions/{question_id}/remove": {"question_id": "bank_question_id"},
    "PUT /api/attempts/{attempt_id}/grades/{question_id}": {"attempt_id": "submitted_attempt_id"},
    "POST /api/lessons/{lesson_id}/restore": {"lesson_id": "deleted_lesson_id"},
    "POST /api/sections/{section_id}/restore": {"section_id": "deleted_section_id"},
    "POST /api/notes/{note_id}/restore": {"note_id": "deleted_note_id"},
    "POST /api/media/assets/{asset_id}/complete": {"asset_id": "pending_asset_id"},
    "PUT /media/uploads/{tenant_id}/{asset_id}": {"asset_id": "pending_asset_id"},
    "PUT /api/assessments/{assessment_id}/order": {
        "assessment_id": "small_assessment_id",
        "body.order": "small_question_id",
    },
    "PUT /api/courses/{course_id}/sections/order": {"body.order": "section_id"},
    "PUT /api/sections/{section_id}/lessons/order": {"body.order": "lesson_id"},
    "PUT /api/paths/{path_id}/order": {"body.order": "course_id"},
    "PUT /api/courses/{course_id}/outline": {"body.sections.id": "section_id"},
}
"""Routes that need another object than the one that has the name of the parameter."""

_QUESTION = {"type": "single", "prompt": "Nearest?", "options": ["Sirius", "The Sun"], "answer_key": ["1"]}

EXAMPLES: dict[str, Any] = {
    "BeginUpload": {"filename": "map.png", "size": 208, "content_type": "image/png", "alt": "A map"},
    "ChangePassword": {"old_password": "three lamps on a quay", "new_password": "four lamps on a quay"},
    "ClaimDomain": {"host": "school.example.net"},
    "CreateInvitation": {"email": "new@example.net"},
    "CreateToken": {"name": "Reader", "scopes": ["courses:read"]},
    "CreateUser": {"email": "new@example.net", "name": "New"},
    "AnswerIn": {"done": True},
    "ChoiceIn": {"purpose": "directory", "given": False},
    "DirectoryIn": {"fields": ["name"]},
    "HoldIn": {"reason": "Proceeding", "learner_id": "<learner_id>", "course_id": "<course_id>"},
    "PeriodIn": {"kind": "notes", "days": 90},
    "PutBlocks": {
        "blocks": [
            {"id": "a", "type": "image", "source": "asset:<asset_id>", "alt": "A map"},
            {"id": "b", "type": "quiz", "assessment_id": "<assessment_id>"},
        ]
    },
    "QuestionIn": _QUESTION,
    "SaveAnswers": {"answers": {"<question_id>": ["spider", "8"]}},
    "SubmitAttempt": {"answers": {"<question_id>": ["spider", "8"]}},
    "SyncBatch": {
        "learner_id": "<learner_id>",
        "course_id": "<course_id>",
        "completed_lessons": ["<lesson_id>"],
        "last_position_lesson": "<lesson_id>",
        "last_position_at": "2026-01-02T03:04:05Z",
    },
}
"""Valid bodies by the schema's title. `<course_id>` stands for an id."""

_ROSTER = b"email,name\nsomebody.else@example.net,Somebody\n"

RAW: dict[str, tuple[str, bytes]] = {
    "POST /api/imports": ("text/csv", _ROSTER),
    "PUT /api/organization/logo": ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(200)),
}
"""Routes that take something else than JSON: its content type, and a body."""

CAPABILITIES: dict[str, str] = {
    "code": "a certificate's code is printed on it for strangers to verify",
    "token": "whoever holds the token of a letter is its addressee",
}
"""Path parameters that are themselves the proof, whoever sends them."""

OPAQUE: dict[tuple[str, str], str] = {
    ("GET /api/audit", "query.actor_id"): "a filter: the list is empty, as for an id that nobody has",
    ("GET /api/audit", "query.subject_id"): "a filter: the list is empty, as for an id that nobody has",
    ("GET /api/cohorts", "query.course_id"): "a filter: the list is empty, as for an id that nobody has",
    ("GET /api/users", "query.group_id"): "a filter: the list is empty, as for an id that nobody has",
    ("POST /api/groups/{group_id}/members/remove", "body.member_ids"): "nothing to remove, and nothing is",
    ("POST /api/attempts/{attempt_id}/receipts/verify", "body.question_id"): "compared with the receipt's signature",
    ("PUT /api/courses/{course_id}/completion-rule", "body.assessment_ids"): (
        "learning does not know assessments; a rule compares these ids with those of grade events of its own tenant"
    ),
    ("POST /teach/courses/{course_id}/completion", "form.assessments"): (
        "learning does not know assessments; a rule compares these ids with those of grade events of its own tenant"
    ),
    ("POST /api/sync", "body.completed_lessons"): "the device's own words; only lessons of the course become progress",
    ("POST /api/sync", "body.last_position_lesson"): "the device's own words, given back to the same learner only",
    ("PUT /api/lessons/{lesson_id}/blocks", "body.blocks.assessment_id"): "looked up when somebody opens the lesson",
    ("PUT /api/lessons/{lesson_id}/blocks", "body.blocks.source"): "looked up when somebody opens the lesson",
}
"""Ids that are answered with success whatever they name, each with the reason why that tells and does nothing."""
