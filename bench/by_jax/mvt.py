"""Products with a matrix and with its transpose."""

import jax


@jax.jit
def by_jax(a, x1, x2, y1, y2):
    return x1 + a @ y1, x2 + y2 @ a
