"""Modified Gram and Schmidt process: an orthonormal basis and its triangle."""

import numpy as np

SIZE = 6
TOLERANCE = 1e-12  # differences of projections, each from those before it


def arguments(rng, size):
    return (rng.random((size + 4, size)),)


def program(a):
    n = a.shape[1]
    q = np.zeros_like(a)
    r = np.zeros((n, n), dtype=a.dtype)
    for k in range(n):
        column = a[:, k]
        r[k, k] = np.sqrt(np.dot(column, column))
        np.divide(column, r[k, k], out=q[:, k])
        r[k, k + 1 :] = q[:, k] @ a[:, k + 1 :]
        a[:, k + 1 :] -= np.outer(q[:, k], r[k, k + 1 :])
    return q, r
