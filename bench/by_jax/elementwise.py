"""A formula with sin, exp and log on each element."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(x):
    return jnp.sin(x) * jnp.exp(x) + jnp.log(x + 1)
