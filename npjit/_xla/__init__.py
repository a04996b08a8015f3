"""The XLA engine: all that npjit knows about `jax.numpy` and XLA.

It imports JAX; nothing below it in the package's layout does. JAX is used through its
public API only, and dtypes are decided by NumPy before anything arrives here.
"""
