"""Where a deployment keeps its secrets, other than in variables and files."""
