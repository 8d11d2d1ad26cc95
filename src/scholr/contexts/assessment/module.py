"""The manifest of assessment."""

from scholr.platform.module import Module


def module() -> Module:
    return Module(name="assessment")
