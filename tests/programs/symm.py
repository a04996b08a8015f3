"""Product with a symmetric matrix of which only the lower triangle is stored."""

import numpy as np

SIZE = 6
TOLERANCE = 1e-13  # products of vectors, summed in another order


def arguments(rng, size):
    a = np.tril(rng.random((size, size)))
    a[np.triu_indices(size, 1)] = -999.0  # must not be read
    b, c = rng.random((2, size, size + 1))
    return 1.5, 1.2, a, b, c


def program(alpha, beta, a, b, c):
    total = np.empty(b.shape[1])
    c *= beta
    for i in range(len(c)):
        for j in range(b.shape[1]):
            c[:i, j] += alpha * b[i, j] * a[i, :i]
            total[j] = b[:i, j] @ a[i, :i]
        c[i] += alpha * b[i] * a[i, i] + alpha * total
