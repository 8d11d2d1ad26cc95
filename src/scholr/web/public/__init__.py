"""The pages of the public area."""
