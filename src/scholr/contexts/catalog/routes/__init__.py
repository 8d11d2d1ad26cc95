"""The JSON routes of catalog, by what they are about."""
