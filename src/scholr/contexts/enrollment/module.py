"""The manifest of enrollment."""

from scholr.contexts.enrollment import events
from scholr.contexts.enrollment.policy import PERMISSIONS
from scholr.contexts.enrollment.routes import ROUTES
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="enrollment",
        routes=ROUTES,
        events=(
            events.LearnerEnrolled,
            events.EnrolmentRequested,
            events.LearnerWaitlisted,
            events.EnrolmentDeclined,
            events.LearnerWithdrawn,
            events.CohortCreated,
            events.CohortChanged,
        ),
        permissions=PERMISSIONS,
    )
