"""The first answer again: what a retried request gets instead of a second effect."""
