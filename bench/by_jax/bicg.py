"""The products in a step of biconjugate gradients, and ``A.T @ A @ x``."""

import jax


@jax.jit
def by_jax(a, p, r):
    s, q = r @ a, a @ p
    return s, q, q @ a - s
