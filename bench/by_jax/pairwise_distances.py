"""Distances of all pairs of points, and how many lie close to each."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(points, radius):
    offsets = points[:, None, :] - points[None, :, :]
    distances = jnp.sqrt(jnp.sum(offsets**2, axis=-1))
    return distances, jnp.sum(distances < radius, axis=1) - 1
