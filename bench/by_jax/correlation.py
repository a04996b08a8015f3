"""Correlation matrix of columns."""

import jax
import jax.numpy as jnp

REWRITTEN = "one product of matrices in place of a loop over rows"


@jax.jit
def by_jax(data):
    n = data.shape[0]
    deviation = data.std(axis=0)
    deviation = jnp.where(deviation <= 0.1, 1.0, deviation)
    data = (data - data.mean(axis=0)) / (jnp.sqrt(n) * deviation)
    return jnp.fill_diagonal(data.T @ data, 1.0, inplace=False)
