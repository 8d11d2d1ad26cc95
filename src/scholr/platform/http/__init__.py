"""HTTP at the edge: who is asking, limits, and one way to say what went wrong."""
