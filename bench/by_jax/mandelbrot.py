"""Iterations that points of the complex plane stay near the origin."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(c, steps):
    def step(_, state):
        z, count = state
        z = z * z + c
        escaped = z.real * z.real + z.imag * z.imag > 4.0
        return jnp.where(escaped, 3.0, z), count + ~escaped

    start = jnp.zeros_like(c), jnp.zeros(c.shape, int)
    return jax.lax.fori_loop(0, steps, step, start)[1]
