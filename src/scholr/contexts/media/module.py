"""The manifest of media."""

from scholr.contexts.media.events import EVENTS
from scholr.contexts.media.policy import PERMISSIONS
from scholr.contexts.media.routes import ROUTES
from scholr.platform.module import Module


def module() -> Module:
    return Module(name="media", routes=ROUTES, events=EVENTS, permissions=PERMISSIONS)
