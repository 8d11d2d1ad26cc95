"""The manifest of identity."""

from scholr.contexts.identity.events import ALL_EVENTS
from scholr.contexts.identity.handlers import SUBSCRIPTIONS
from scholr.contexts.identity.policy import LOOKS, PERMISSIONS
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="identity",
        routes=("scholr.contexts.identity.routes",),
        events=ALL_EVENTS,
        subscriptions=SUBSCRIPTIONS,
        permissions=PERMISSIONS,
        looks=LOOKS,
    )
