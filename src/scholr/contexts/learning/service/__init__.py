"""The use cases of learning, split by subject."""
