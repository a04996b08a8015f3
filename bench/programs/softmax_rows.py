"""A function called for each row of a batch."""

from npjit._demo.programs import make_batch as arguments
from npjit._demo.programs import map_rows as program

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 1000, "M": 20_000, "L": 200_000}
