"""Feature flags and kill switches."""
