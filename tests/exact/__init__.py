"""NumPy is the specification: one file a subject."""
