"""A polynomial fit by the normal equations."""

from npjit._demo.programs import least_squares as program
from npjit._demo.programs import make_samples as arguments

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 3000, "M": 300_000, "L": 3_000_000}
