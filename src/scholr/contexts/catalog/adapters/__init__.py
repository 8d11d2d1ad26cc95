"""Ways to reach what `ports.py` names."""
