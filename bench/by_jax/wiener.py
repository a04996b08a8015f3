"""Wiener's adaptive filter: local mean and variance by running sums."""

from functools import partial

import jax
import jax.numpy as jnp


def box(a, width):
    """Sum over a window around each element, zero outside."""
    half = width // 2
    total = jnp.pad(a, ((half + 1, half), (half + 1, half))).cumsum(0).cumsum(1)
    down = total[width:] - total[:-width]
    return down[:, width:] - down[:, :-width]


@partial(jax.jit, static_argnames="width")
def by_jax(image, width):
    mean = box(image, width) / width**2
    variance = box(image**2, width) / width**2 - mean**2
    noise = jnp.mean(variance)
    result = (image - mean) * (1 - noise / jnp.maximum(variance, 1e-3)) + mean
    return jnp.where(variance < noise, mean, result)
