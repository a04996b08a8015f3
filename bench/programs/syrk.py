"""A symmetric product of a matrix with itself: the lower triangle, row by row."""

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 10, "M": 70, "L": 300}


def arguments(rng, size):
    return 1.5, 1.2, rng.random((size, size)), rng.random((size, size - 2))


def program(alpha, beta, c, a):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]


def observed(args, result):
    return args[2]
