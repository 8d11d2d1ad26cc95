"""The database: one pool, one way to open a transaction, two layers of tenancy."""
