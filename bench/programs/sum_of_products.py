"""An inner product, written out."""

from npjit._demo.programs import make_two_vectors as arguments
from npjit._demo.programs import sum_of_products as program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 10_000, "M": 10_000_000, "L": 50_000_000}
