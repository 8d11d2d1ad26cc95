"""The read side of enrollment: cohorts with their people, and imports."""
