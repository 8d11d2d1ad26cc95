"""Questions, attempts and their grades."""
