"""Modified Gram and Schmidt process: an orthonormal basis and its triangle."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(a):
    n = a.shape[1]
    index = jnp.arange(n)

    def step(k, state):
        a, q, r = state
        norm = jnp.sqrt(a[:, k] @ a[:, k])
        column = a[:, k] / norm
        after = jnp.where(index > k, column @ a, 0.0)
        row = after.at[k].set(norm)
        return a - jnp.outer(column, after), q.at[:, k].set(column), r.at[k].set(row)

    start = a, jnp.zeros_like(a), jnp.zeros((n, n), a.dtype)
    return jax.lax.fori_loop(0, n, step, start)
