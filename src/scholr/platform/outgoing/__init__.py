"""The one door for HTTP to an address that anybody but the operator chose."""
