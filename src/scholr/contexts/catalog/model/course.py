"""A course: its life, its words, and how its lessons are told apart and kept."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from scholr.contexts.catalog.errors import CourseArchived, CourseTransitionRefused, InvalidCourse, InvalidOutline
from scholr.kernel.text import text_problem

CourseId = NewType("CourseId", UUID)
SectionId = NewType("SectionId", UUID)
LessonId = NewType("LessonId", UUID)
PathId = NewType("PathId", UUID)

MAX_TITLE_CHARS = 200
MAX_SUMMARY_CHARS = 5_000
MAX_SUBJECT_CHARS = 80
MAX_OUTCOMES = 20
MAX_MINUTES = 600
REVISION_SPAN = timedelta(minutes=5)

_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")


class CourseStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class CourseAction(StrEnum):
    """`publish` also makes a published course's later edits public; `restore` undoes `archive`."""

    PUBLISH = "publish"
    ARCHIVE = "archive"
    RESTORE = "restore"


_TRANSITIONS: Mapping[tuple[CourseStatus, CourseAction], CourseStatus] = {
    (CourseStatus.DRAFT, CourseAction.PUBLISH): CourseStatus.PUBLISHED,
    (CourseStatus.PUBLISHED, CourseAction.PUBLISH): CourseStatus.PUBLISHED,
    (CourseStatus.DRAFT, CourseAction.ARCHIVE): CourseStatus.ARCHIVED,
    (CourseStatus.PUBLISHED, CourseAction.ARCHIVE): CourseStatus.ARCHIVED,
    (CourseStatus.ARCHIVED, CourseAction.ARCHIVE): CourseStatus.ARCHIVED,
    (CourseStatus.ARCHIVED, CourseAction.RESTORE): CourseStatus.DRAFT,
    (CourseStatus.DRAFT, CourseAction.RESTORE): CourseStatus.DRAFT,
    (CourseStatus.PUBLISHED, CourseAction.RESTORE): CourseStatus.PUBLISHED,
}


def transition(status: CourseStatus, action: CourseAction, *, has_version: bool = False) -> CourseStatus:
    """The state after an action; doing it again changes nothing. Raises CourseTransitionRefused.

    Restoring takes an archived course back to what it was: published when it `has_version`.
    """
    if (status, action, has_version) == (CourseStatus.ARCHIVED, CourseAction.RESTORE, True):
        return CourseStatus.PUBLISHED
    after = _TRANSITIONS.get((status, action))
    if after is None:
        raise CourseTransitionRefused(details={"status": status.value, "action": action.value})
    return after


def require_editable(status: CourseStatus) -> None:
    """Drafts and published courses are edited (as a new version); raises CourseArchived."""
    if status is CourseStatus.ARCHIVED:
        raise CourseArchived


def validate_title(title: object, field: str = "title") -> str:
    """Raises InvalidCourse."""
    if problem := text_problem(title, most=MAX_TITLE_CHARS):
        raise InvalidCourse(fields={field: problem})
    return " ".join(str(title).split())


def validate_summary(summary: object) -> str:
    """Raises InvalidCourse."""
    if problem := text_problem(summary, most=MAX_SUMMARY_CHARS, least=0, multiline=True):
        raise InvalidCourse(fields={"summary": problem})
    return str(summary).strip()


def validate_subject(subject: object) -> str:
    """One short name, such as Statistics; may be empty. Raises InvalidCourse."""
    if problem := text_problem(subject, most=MAX_SUBJECT_CHARS, least=0):
        raise InvalidCourse(fields={"subject": problem})
    return " ".join(str(subject).split())


def validate_language(tag: object) -> str:
    """A BCP 47 tag of language and, if need be, script or region, such as `pt-BR`. Raises InvalidCourse."""
    if not isinstance(tag, str) or not _LANGUAGE_TAG.fullmatch(tag):
        raise InvalidCourse(fields={"language": "must be a language tag such as en or pt-BR"})
    return tag


def validate_outcomes(outcomes: Sequence[object]) -> tuple[str, ...]:
    """What a learner will be able to do, a line each; empty lines fall away. Raises InvalidCourse."""
    if len(outcomes) > MAX_OUTCOMES:
        raise InvalidCourse(fields={"outcomes": f"must be at most {MAX_OUTCOMES} lines"})
    for outcome in outcomes:
        if problem := text_problem(outcome, most=MAX_TITLE_CHARS, least=0):
            raise InvalidCourse(fields={"outcomes": problem})
    return tuple(line for line in (" ".join(str(outcome).split()) for outcome in outcomes) if line)


def validate_minutes(minutes: int) -> int:
    """Raises InvalidOutline unless the number lies in 0..600."""
    if not 0 <= minutes <= MAX_MINUTES:
        raise InvalidOutline(fields={"minutes": f"must be between 0 and {MAX_MINUTES}"})
    return minutes


def copied_title(title: str) -> str:
    """The title of a copy, within bounds."""
    ending = " (copy)"
    return title[: MAX_TITLE_CHARS - len(ending)] + ending


def fingerprint(title: str, blocks: Sequence[Mapping[str, object]]) -> str:
    """The same for two lessons exactly when their content is; 16 hexadecimal digits."""
    content = json.dumps([title, list(blocks)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def begins_revision(last_author: UUID, begun_at: datetime, author: UUID, now: datetime) -> bool:
    """Whether a save starts a new state in the history instead of amending the newest one."""
    return last_author != author or now - begun_at >= REVISION_SPAN


def slug_of(title: str) -> str:
    """A readable part of an address, 1..80 characters; letters of every script are kept."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return re.sub(r"[\W_]+", "-", folded).strip("-")[:80].strip("-") or "course"
