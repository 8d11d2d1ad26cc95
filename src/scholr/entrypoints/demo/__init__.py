"""The schools that `make up` opens on an empty database."""
