"""The manifest of media."""

from scholr.platform.module import Module


def module() -> Module:
    return Module(name="media")
