"""One product of two matrices."""

import jax

from npjit._demo.programs import make_two_matrices as arguments
from npjit._demo.programs import matrix_product as program

__all__ = ["SIZES", "arguments", "by_jax", "program"]

SIZES = {"small": 100, "medium": 500}


@jax.jit
def by_jax(a, b):
    return a @ b
