"""Answers kept for a while: one facade, in this process by default, shared by URL."""
