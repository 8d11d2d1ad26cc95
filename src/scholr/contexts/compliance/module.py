"""The manifest of compliance."""

from datetime import timedelta

from scholr.contexts.compliance.events import EVENTS
from scholr.contexts.compliance.handlers import SUBSCRIPTIONS
from scholr.contexts.compliance.jobs import checkpoint
from scholr.contexts.compliance.policy import LOOKS, PERMISSIONS
from scholr.contexts.compliance.routes import ROUTES
from scholr.platform.module import Module, PeriodicTask


def module() -> Module:
    return Module(
        name="compliance",
        routes=ROUTES,
        events=EVENTS,
        subscriptions=SUBSCRIPTIONS,
        periodic=(
            PeriodicTask(
                "compliance.checkpoint",
                timedelta(hours=1),
                checkpoint,
                tenants="compliance_tenants_to_sign",
                attempts=5,
            ),
        ),
        permissions=PERMISSIONS,
        looks=LOOKS,
    )
