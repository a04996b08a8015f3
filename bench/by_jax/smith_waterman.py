"""The best local alignment of two sequences, one antidiagonal at a time."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(a, b, match=3, mismatch=-3, gap=2):
    n = len(a)
    row = jnp.arange(1, n + 1)

    def step(diagonal, state):
        before, last, best = state
        column = diagonal - row
        inside = (column >= 1) & (column <= n)
        score = jnp.where(a == b[jnp.clip(column - 1, 0, n - 1)], match, mismatch)
        longest = jnp.maximum(last[:-1], last[1:]) - gap
        longest = jnp.maximum(longest, before[:-1] + score)
        new = jnp.where(inside, jnp.maximum(longest, 0), 0)
        new = jnp.concatenate([jnp.zeros(1, new.dtype), new])
        return last, new, jnp.maximum(best, new.max())

    zeros = jnp.zeros(n + 1, jnp.int64)
    return jax.lax.fori_loop(2, 2 * n + 1, step, (zeros, zeros, 0))[2]
