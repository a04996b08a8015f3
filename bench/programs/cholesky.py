"""Cholesky's decomposition by hand, column by column, in place."""

from tests.programs.cholesky import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 20, "M": 200, "L": 800}


def observed(args, result):
    return args[0]
