"""A triangular system."""

import jax
from jax.scipy.linalg import solve_triangular

REWRITTEN = "LAPACK's solution in place of a loop over rows"


@jax.jit
def by_jax(lower, b):
    return solve_triangular(lower, b, lower=True)
