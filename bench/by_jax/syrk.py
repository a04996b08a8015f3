"""A symmetric product of a matrix with itself: the lower triangle."""

import jax
import jax.numpy as jnp

REWRITTEN = "one product of matrices in place of loops over rows and columns"


@jax.jit
def by_jax(alpha, beta, c, a):
    lower = jnp.tri(len(c), dtype=bool)
    return jnp.where(lower, beta * c + alpha * (a @ a.T), c)
