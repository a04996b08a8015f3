"""A linear system by an LU decomposition by hand and two substitutions."""

from tests.programs.ludcmp import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 10, "M": 80, "L": 300}


def observed(args, result):
    return args[0], *result
