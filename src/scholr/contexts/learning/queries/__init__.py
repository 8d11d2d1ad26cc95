"""The read side of learning, split by subject."""
