"""Solution of a linear system by an LU decomposition and two substitutions."""

import numpy as np

SIZE = 7
TOLERANCE = 1e-13  # each row depends on those before it


def arguments(rng, size):
    return rng.random((size, size)) + size * np.eye(size), rng.random(size)


def decompose(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[:j, j]) / a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]


def program(a, b):
    n = len(b)
    decompose(a)
    x, y = np.zeros_like(b), np.zeros_like(b)
    for i in range(n):
        y[i] = b[i] - a[i, :i] @ y[:i]
    for i in reversed(range(n)):
        x[i] = (y[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x, y
