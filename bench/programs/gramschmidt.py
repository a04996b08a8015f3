"""Modified Gram and Schmidt process: an orthonormal basis and its triangle."""

from tests.programs.gramschmidt import arguments, program

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 20, "M": 200, "L": 800}


def observed(args, result):
    return args[0], *result
