"""What decides and keeps: programs and their cache, signatures, the end of a call."""
