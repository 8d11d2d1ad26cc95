"""How the program lives with what it stands on: one policy for each outside dependency, and guards that hold it."""
