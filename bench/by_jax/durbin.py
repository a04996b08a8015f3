"""Levinson and Durbin's recursion for a symmetric Toeplitz system."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(r):
    index = jnp.arange(len(r))

    def step(k, state):
        y, alpha, beta = state
        beta *= 1.0 - alpha * alpha
        before = jnp.where(index < k, jnp.roll(r[::-1], k), 0.0)
        alpha = -(r[k] + before @ y) / beta
        y += alpha * jnp.where(index < k, jnp.roll(y[::-1], k), 0.0)
        return y.at[k].set(alpha), alpha, beta

    start = jnp.zeros_like(r).at[0].set(-r[0]), -r[0], 1.0
    return jax.lax.fori_loop(1, len(r), step, start)[0]
