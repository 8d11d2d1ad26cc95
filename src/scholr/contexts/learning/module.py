"""The manifest of learning."""

from scholr.platform.module import Module


def module() -> Module:
    return Module(name="learning")
