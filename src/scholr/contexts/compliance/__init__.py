"""What was done, by whom, provably: the audit log."""
