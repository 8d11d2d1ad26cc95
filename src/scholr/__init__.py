"""Scholr, a learning management system for organisations that teach."""

__version__ = "0.1.0"
