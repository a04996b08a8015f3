"""Functions written in NumPy as parts of JAX programs: derivatives, batches."""
