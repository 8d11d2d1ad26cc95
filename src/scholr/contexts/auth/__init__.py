"""Credentials, sessions, tokens: proving who is asking."""
