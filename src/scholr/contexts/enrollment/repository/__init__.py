"""Loads and saves of enrollment: seats and cohorts, and imports."""
