"""An inner product, written out."""

import jax
import jax.numpy as jnp

from npjit._demo.programs import make_two_vectors as arguments
from npjit._demo.programs import sum_of_products as program

__all__ = ["SIZES", "arguments", "by_jax", "program"]

SIZES = {"small": 10_000, "medium": 10_000_000}


@jax.jit
def by_jax(x, y):
    return jnp.sum(x * y)
