"""The manifest of learning."""

from scholr.contexts.assessment.events import AttemptSubmitted, GradeOverridden
from scholr.contexts.catalog.events import CoursePublished
from scholr.contexts.learning import handlers
from scholr.contexts.learning.events import (
    CertificateIssued,
    CertificateWithdrawn,
    CompletionRuleChanged,
    CourseCompleted,
    LessonCompleted,
)
from scholr.contexts.learning.policy import FLAGS, LOOKS, PERMISSIONS
from scholr.contexts.sync.events import LessonsSynced
from scholr.platform.erasure import forgetting
from scholr.platform.module import Module, Subscription


def module() -> Module:
    return Module(
        name="learning",
        routes=(
            "scholr.contexts.learning.routes.progress",
            "scholr.contexts.learning.routes.certificates",
            "scholr.contexts.learning.routes.notes",
            "scholr.contexts.learning.routes.reports",
        ),
        events=(LessonCompleted, CourseCompleted, CertificateIssued, CertificateWithdrawn, CompletionRuleChanged),
        subscriptions=(
            forgetting("learning", handlers.forget_learner),
            Subscription("learning.score_from_attempt", AttemptSubmitted, handlers.on_attempt_submitted),
            Subscription("learning.score_from_override", GradeOverridden, handlers.on_grade_overridden),
            Subscription("learning.progress_from_publishing", CoursePublished, handlers.on_course_published),
            Subscription("learning.completions_from_sync", LessonsSynced, handlers.on_lessons_synced),
        ),
        permissions=PERMISSIONS,
        looks=LOOKS,
        flags=FLAGS,
    )
