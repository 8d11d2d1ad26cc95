"""The read side of assessment: SQL to frozen views."""
