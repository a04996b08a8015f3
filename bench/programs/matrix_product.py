"""One product of two matrices."""

from npjit._demo.programs import make_two_matrices as arguments
from npjit._demo.programs import matrix_product as program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 500, "L": 2000}
