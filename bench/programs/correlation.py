"""Correlation matrix of columns."""

import jax
import jax.numpy as jnp

from tests.programs.correlation import arguments, program

__all__ = ["SIZES", "arguments", "by_jax", "program"]

SIZES = {"small": 20, "medium": 200}


@jax.jit
def by_jax(data):
    n = data.shape[0]
    deviation = data.std(axis=0)
    deviation = jnp.where(deviation <= 0.1, 1.0, deviation)
    data = (data - data.mean(axis=0)) / (jnp.sqrt(n) * deviation)
    return jnp.fill_diagonal(data.T @ data, 1.0, inplace=False)
