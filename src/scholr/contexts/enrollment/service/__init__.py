"""The use cases of enrollment: getting a seat, giving one back, cohorts, and the import of people."""
