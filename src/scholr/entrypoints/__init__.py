"""The processes; the only readers of the environment."""
