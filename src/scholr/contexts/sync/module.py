"""The manifest of sync."""

from scholr.platform.module import Module


def module() -> Module:
    return Module(name="sync")
