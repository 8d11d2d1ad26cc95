"""The JSON routes of learning, split by subject."""
