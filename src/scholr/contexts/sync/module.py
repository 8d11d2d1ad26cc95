"""The manifest of sync."""

from scholr.contexts.sync.events import LessonsSynced
from scholr.contexts.sync.policy import LOOKS, PERMISSIONS
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="sync",
        routes=("scholr.contexts.sync.routes",),
        events=(LessonsSynced,),
        permissions=PERMISSIONS,
        looks=LOOKS,
    )
