"""The JSON routes of enrollment."""
