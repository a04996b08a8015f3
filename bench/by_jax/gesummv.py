"""The sum of two products of a matrix with a vector."""

import jax


@jax.jit
def by_jax(alpha, beta, a, b, x):
    return alpha * (a @ x) + beta * (b @ x)
