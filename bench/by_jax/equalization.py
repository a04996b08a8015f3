"""Histogram equalization of a grey image, and its edges."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(image):
    cumulative = jnp.cumsum(jnp.bincount(image.ravel(), length=256))
    table = jnp.floor(255.0 * cumulative / cumulative[-1]).astype(jnp.uint8)
    even = table[image].astype(jnp.int32)
    across = even[:, 2:] - even[:, :-2]
    down = even[2:, :] - even[:-2, :]
    edges = jnp.abs(across[1:-1, :]) + jnp.abs(down[:, 1:-1])
    return even.astype(jnp.uint8), jnp.minimum(edges, 255).astype(jnp.uint8)
