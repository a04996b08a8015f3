"""Sums, means, deviations, extremes and norms of a table, by rows and columns."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(x):
    return {
        "total": x.sum(),
        "columns": x.mean(axis=0),
        "rows": x.std(axis=1),
        "smallest": x.min(axis=1),
        "largest": jnp.abs(x).max(axis=0),
        "where": x.argmax(axis=1),
        "norm": jnp.sqrt((x * x).sum()),
        "positive": (x > 0).sum(axis=0),
    }
