"""The trace of a matrix through tanh, element by element, added to all of it."""

import jax
import jax.numpy as jnp

REWRITTEN = "the diagonal at once in place of a loop over its elements"


@jax.jit
def by_jax(a):
    return a + jnp.tanh(jnp.diagonal(a)).sum()
