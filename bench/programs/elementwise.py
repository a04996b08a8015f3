"""A formula with sin, exp and log on each element."""

import jax
import jax.numpy as jnp

from npjit._demo.programs import elementwise as program
from npjit._demo.programs import make_elementwise as arguments

__all__ = ["SIZES", "arguments", "by_jax", "program"]

SIZES = {"small": 10_000, "medium": 1_000_000}


@jax.jit
def by_jax(x):
    return jnp.sin(x) * jnp.exp(x) + jnp.log(x + 1)
