"""A polynomial fit by the normal equations."""

from functools import partial

import jax
import jax.numpy as jnp

from npjit._demo.programs import least_squares as program
from npjit._demo.programs import make_samples as arguments

__all__ = ["SIZES", "arguments", "by_jax", "program"]

SIZES = {"small": 3000, "medium": 300_000}


@partial(jax.jit, static_argnames="degree")
def by_jax(x, y, degree):
    powers = jnp.stack([x**k for k in range(degree + 1)], axis=1)
    fit = jnp.linalg.solve(powers.T @ powers, powers.T @ y)
    return fit, jnp.abs(powers @ fit - y).mean()
