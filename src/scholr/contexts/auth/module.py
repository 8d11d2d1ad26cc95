"""The manifest of auth."""

from datetime import timedelta

from scholr.contexts.auth.events import EVENTS
from scholr.contexts.auth.handlers import SUBSCRIPTIONS
from scholr.contexts.auth.jobs import send_reset, sweep
from scholr.contexts.auth.policy import LOOKS, PERMISSIONS
from scholr.contexts.auth.service.passwords import SEND_RESET, SendReset
from scholr.contexts.auth.service.second_step import SEALED
from scholr.platform.module import JobDefinition, Module, PeriodicTask


def module() -> Module:
    return Module(
        name="auth",
        routes=("scholr.contexts.auth.routes",),
        events=EVENTS,
        subscriptions=SUBSCRIPTIONS,
        jobs=(JobDefinition(SEND_RESET, SendReset, send_reset),),
        periodic=(PeriodicTask("auth.sweep", timedelta(hours=1), sweep),),
        permissions=PERMISSIONS,
        looks=LOOKS,
        sealed=SEALED,
    )
