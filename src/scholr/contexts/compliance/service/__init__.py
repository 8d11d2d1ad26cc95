"""The use cases of compliance, one file for each thing that people do."""
