"""Heat in a rod, a class with an array for its state."""

from npjit._demo.programs import heat as program
from npjit._demo.programs import make_rod as arguments

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 10_000, "M": 1_000_000, "L": 10_000_000}


def observed(args, result):
    return args[0].u
