"""The host engine: real NumPy, replaying a log or called for one operation."""
