"""The use cases of identity, one file for each thing that an organisation is made of."""
