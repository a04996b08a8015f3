"""Symmetric update of rank 2k; only the lower triangle is computed."""

SIZE = 8
TOLERANCE = 1e-13  # products of matrices, summed in another order


def arguments(rng, size):
    c = rng.random((size, size))
    a, b = rng.random((2, size, size - 2))
    return 1.5, 1.2, c, a, b


def program(alpha, beta, c, a, b):
    for i, row in enumerate(c):
        row[: i + 1] *= beta
        row[: i + 1] += alpha * (a[: i + 1] @ b[i] + b[: i + 1] @ a[i])
    return c
