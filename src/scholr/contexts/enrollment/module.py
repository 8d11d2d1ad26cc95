"""The manifest of enrollment."""

from scholr.platform.module import Module


def module() -> Module:
    return Module(name="enrollment")
