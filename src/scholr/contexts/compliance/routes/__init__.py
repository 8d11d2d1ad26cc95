"""The JSON routes of compliance, split by subject."""
