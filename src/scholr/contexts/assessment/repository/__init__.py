"""Loads and saves of assessment, by what they serve; the only writers of its SQL."""
