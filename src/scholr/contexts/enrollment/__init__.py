"""Cohorts with seats, enrolments, waiting lists, and the import of people in bulk."""
