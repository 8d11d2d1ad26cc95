"""The manifest of catalog."""

from scholr.platform.module import Module


def module() -> Module:
    return Module(name="catalog")
