"""Outside systems behind the ports of learning."""
