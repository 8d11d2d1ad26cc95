"""The manifest of auth."""

from scholr.platform.module import Module


def module() -> Module:
    return Module(name="auth")
