"""The pages of the teach area."""
