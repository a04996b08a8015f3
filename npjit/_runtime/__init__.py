"""What decides and keeps: programs and their cache, the two engines, the end of a call."""
