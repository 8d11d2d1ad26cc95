"""State and event commit together; a relay hands events to their consumers afterwards."""
