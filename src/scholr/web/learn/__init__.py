"""The pages of the learn area."""
