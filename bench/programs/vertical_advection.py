"""A tridiagonal system in each column of the air."""

from tests.programs.vertical_advection import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 10, "M": 60, "L": 150}


def observed(args, result):
    return result, args[3]
