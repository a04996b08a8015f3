"""Bodies under gravity, each pair of them, in place."""

from npjit._demo.programs import make_bodies as arguments
from npjit._demo.programs import nbody as program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 30, "M": 400, "L": 1500}


def observed(args, result):
    return args[0], args[1], result
