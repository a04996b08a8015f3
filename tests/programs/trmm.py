"""Product with a transposed unit lower triangular matrix, in place."""

SIZE = 7
TOLERANCE = 1e-13  # sums over the rows below, in another order


def arguments(rng, size):
    return 1.5, rng.random((size, size)), rng.random((size, size + 2))


def program(alpha, a, b):
    n = a.shape[0]
    for i in range(n):
        b[i] += (a[i + 1 :, i, None] * b[i + 1 :]).sum(axis=0)
    b *= alpha
