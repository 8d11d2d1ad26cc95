"""The operate area: is all well, and where not."""
