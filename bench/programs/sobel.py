"""Edges of a grey image: Sobel's operator, a threshold, and the thinning of lines."""

from tests.programs.sobel import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 50, "M": 800, "L": 4000}


def observed(args, result):
    return args[0], *result
