"""The manifest of enrollment."""

from scholr.contexts.enrollment import events
from scholr.contexts.enrollment.handlers import SUBSCRIPTIONS
from scholr.contexts.enrollment.jobs import JOBS
from scholr.contexts.enrollment.policy import FLAGS, LOOKS, PERMISSIONS
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="enrollment",
        routes=("scholr.contexts.enrollment.routes.cohorts", "scholr.contexts.enrollment.routes.imports"),
        events=(
            events.LearnerEnrolled,
            events.EnrolmentRequested,
            events.LearnerWaitlisted,
            events.EnrolmentDeclined,
            events.LearnerWithdrawn,
            events.CohortCreated,
            events.CohortChanged,
            events.CohortInstructorsChanged,
            events.ImportStarted,
            events.ImportUndone,
        ),
        subscriptions=SUBSCRIPTIONS,
        jobs=JOBS,
        permissions=PERMISSIONS,
        looks=LOOKS,
        flags=FLAGS,
    )
