"""Products with a matrix and with its transpose, added in place."""

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 100, "M": 1500, "L": 6000}


def arguments(rng, size):
    return rng.random((size, size)), *rng.random((4, size))


def program(a, x1, x2, y1, y2):
    x1 += a @ y1
    x2 += a.T @ y2


def observed(args, result):
    return args[1:3]
