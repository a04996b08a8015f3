"""Averages of a sliding window, and how far they fall from their maximum."""

from functools import partial

import jax
import jax.numpy as jnp

from npjit._demo.programs import make_signal as arguments
from npjit._demo.programs import moving_average as program

__all__ = ["SIZES", "arguments", "by_jax", "program"]

SIZES = {"small": 10_000, "medium": 1_000_000}


@partial(jax.jit, static_argnames="width")
def by_jax(x, width):
    total = jnp.cumsum(x)
    total = total.at[width:].add(-total[:-width])
    average = total[width - 1 :] / width
    return average, jax.lax.cummax(average) - average
