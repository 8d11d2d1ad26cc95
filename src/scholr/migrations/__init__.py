"""One history for the whole schema, shipped inside the package."""
