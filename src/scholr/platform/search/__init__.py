"""Finding courses by their words, outside of the database."""
