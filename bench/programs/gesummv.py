"""The sum of two products of a matrix with a vector."""

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 1200, "L": 5000}


def arguments(rng, size):
    return 1.5, 1.2, *rng.random((2, size, size)), rng.random(size)


def program(alpha, beta, a, b, x):
    return alpha * a @ x + beta * b @ x
