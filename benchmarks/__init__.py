"""Measurements: ratios in one alternating run, since absolute figures of one machine say little."""
