"""The manifest of media."""

from datetime import timedelta

from scholr.contexts.media.events import EVENTS
from scholr.contexts.media.jobs import sweep
from scholr.contexts.media.policy import FLAGS, PERMISSIONS
from scholr.platform.module import Module, PeriodicTask


def module() -> Module:
    return Module(
        name="media",
        routes=("scholr.contexts.media.routes",),
        events=EVENTS,
        periodic=(
            PeriodicTask(
                "media.sweep",
                timedelta(hours=6),
                sweep,
                tenants="media_tenants_with_files",
                timeout=timedelta(minutes=30),
            ),
        ),
        permissions=PERMISSIONS,
        flags=FLAGS,
    )
