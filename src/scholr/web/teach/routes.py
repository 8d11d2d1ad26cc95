"""The routes of the teach area."""

from typing import Any

from scholr.web.teach import (
    assessments,
    assessments_banks,
    assessments_people,
    assessments_questions,
    cohorts,
    cohorts_acts,
    cohorts_people,
    completion,
    course_about,
    course_outline,
    courses,
    lesson_editor,
    lesson_history,
    paths,
    results,
)

ROUTES: tuple[Any, ...] = (
    *courses.ROUTES,
    *course_outline.ROUTES,
    *course_about.ROUTES,
    *completion.ROUTES,
    *lesson_editor.ROUTES,
    *lesson_history.ROUTES,
    *paths.ROUTES,
    *assessments.ROUTES,
    *assessments_banks.ROUTES,
    *assessments_people.ROUTES,
    *assessments_questions.ROUTES,
    *results.ROUTES,
    *cohorts.ROUTES,
    *cohorts_people.ROUTES,
    *cohorts_acts.ROUTES,
)
