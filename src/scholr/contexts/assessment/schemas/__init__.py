"""JSON shapes of assessment."""
