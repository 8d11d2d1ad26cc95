"""Drills: real processes, really broken; `make chaos` runs them all and prints what came of it."""
