"""Two rank-one updates of a matrix and two products with it."""

import jax


@jax.jit
def by_jax(alpha, beta, a, u1, v1, u2, v2, y, z):
    a += u1[:, None] * v1 + u2[:, None] * v2
    x = beta * (y @ a) + z
    return a, x, alpha * (a @ x)
