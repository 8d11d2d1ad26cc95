"""Lesson completions, progress, completion rules, certificates."""
