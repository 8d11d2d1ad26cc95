"""The manifest of catalog."""

from scholr.contexts.catalog.events import EVENTS
from scholr.contexts.catalog.policy import PERMISSIONS
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="catalog",
        routes=(
            "scholr.contexts.catalog.routes.courses",
            "scholr.contexts.catalog.routes.outline",
            "scholr.contexts.catalog.routes.lessons",
            "scholr.contexts.catalog.routes.paths",
        ),
        events=EVENTS,
        permissions=PERMISSIONS,
    )
