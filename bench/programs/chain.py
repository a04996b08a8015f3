"""Arithmetic on each element, from ten elements to many millions."""

__all__ = ["SIZES", "arguments", "program"]

SIZES = {
    "S": (10, 1000),
    "M": (10, 1000, 10_000, 100_000, 1_000_000, 10_000_000),
    "L": (1_000_000, 10_000_000, 50_000_000),
}


def arguments(rng, size):
    return rng.random(size), rng.random(size)


def program(x, y):
    return (x * y + 2.0) * (x - y) / (y + 3.0) - x
