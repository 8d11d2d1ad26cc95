"""The manifest of assessment."""

from scholr.contexts.assessment.events import AttemptStarted, AttemptSubmitted, GradeOverridden
from scholr.contexts.assessment.policy import PERMISSIONS
from scholr.contexts.assessment.routes import authoring, taking
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="assessment",
        routes=(*authoring.ROUTES, *taking.ROUTES),
        events=(AttemptStarted, AttemptSubmitted, GradeOverridden),
        permissions=PERMISSIONS,
    )
