"""Where files lie: a folder beside the data, or any S3-compatible store."""
