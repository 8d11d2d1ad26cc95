"""What the program tells of itself: counters, traces, log lines, and the figures that a deployment keeps of its own."""
