"""The JSON routes of assessment."""
