"""The manifest of assessment."""

from datetime import timedelta

from scholr.contexts.assessment import jobs
from scholr.contexts.assessment.events import (
    AccommodationGiven,
    AccommodationTakenBack,
    AttemptStarted,
    AttemptSubmitted,
    GradeOverridden,
)
from scholr.contexts.assessment.handlers import SUBSCRIPTIONS
from scholr.contexts.assessment.policy import LOOKS, PERMISSIONS
from scholr.platform.module import Module, PeriodicTask


def module() -> Module:
    return Module(
        name="assessment",
        routes=(
            "scholr.contexts.assessment.routes.authoring",
            "scholr.contexts.assessment.routes.banks",
            "scholr.contexts.assessment.routes.taking",
            "scholr.contexts.assessment.routes.results",
        ),
        events=(AttemptStarted, AttemptSubmitted, GradeOverridden, AccommodationGiven, AccommodationTakenBack),
        subscriptions=SUBSCRIPTIONS,
        periodic=(
            PeriodicTask(
                "assessment.sweep",
                timedelta(seconds=15),
                jobs.sweep,
                tenants="assessment_tenants_with_overdue",
            ),
        ),
        permissions=PERMISSIONS,
        looks=LOOKS,
    )
