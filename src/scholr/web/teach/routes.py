"""The routes of the teach area."""

from typing import Any

from scholr.web.teach import course_about, course_outline, courses, lesson_editor, lesson_history

ROUTES: tuple[Any, ...] = (
    *courses.ROUTES,
    *course_outline.ROUTES,
    *course_about.ROUTES,
    *lesson_editor.ROUTES,
    *lesson_history.ROUTES,
)
