"""The use cases of assessment, by who does them."""
