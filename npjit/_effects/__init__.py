"""What a call depends on and what it changes: guards, and the tape of a recording."""
