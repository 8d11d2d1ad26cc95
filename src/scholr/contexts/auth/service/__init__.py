"""The use cases of auth, one file for each thing that people do."""
