"""A sparse matrix by its rows, times a vector: a gather and sums of segments."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(values, columns, starts, x):
    n = len(starts) - 1
    lengths = starts[1:] - starts[:-1]
    rows = jnp.repeat(jnp.arange(n), lengths, total_repeat_length=len(values))
    products = values * x[columns]
    return jax.ops.segment_sum(products, rows, n, indices_are_sorted=True)
