"""Metropolis' walk of Ising's magnet, one colour of the checkerboard at a time."""

from tests.programs.ising import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 30, "M": 400, "L": 2000}


def observed(args, result):
    return args[0], *result
