"""Adapters that the configuration chooses, loaded where it does and nowhere else.

The one exception to imports at the top: each brings a client's library of some megabytes along, which most processes
never use. Only what puts a process together calls this, at its start; what serves a request imports nothing.
"""

from importlib import import_module
from typing import Any


def chosen(name: str) -> Any:
    """The thing behind `package.module:Name`. Raises ImportError or AttributeError, so name what is tested."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
