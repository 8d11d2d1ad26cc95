"""`scholr evidence`: what an auditor asks for, collected from the running deployment."""
