"""The offline merge: what devices completed while they were away."""
