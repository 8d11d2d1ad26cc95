"""How much each organisation, person, token and stranger may ask for, so that nobody's haste is everybody's wait."""
