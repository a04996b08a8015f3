"""A formula with sin, exp and log on each element."""

from npjit._demo.programs import elementwise as program
from npjit._demo.programs import make_elementwise as arguments

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 10_000, "M": 1_000_000, "L": 10_000_000}
