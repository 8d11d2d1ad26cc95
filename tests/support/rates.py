"""Limits for tests that are about something else: they run through everything in seconds, as one person."""

from scholr.platform.ratelimit.quotas import RateSettings

GENEROUS = RateSettings(factor=1000.0)
