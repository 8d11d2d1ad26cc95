"""Permissions, secrets and passwords."""
