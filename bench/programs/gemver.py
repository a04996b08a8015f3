"""Two rank-one updates of a matrix and two products with it."""

from tests.programs.gemver import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 100, "M": 1500, "L": 5000}


def observed(args, result):
    return args[2], *result
