"""The use cases of catalog, by what they are about."""
