"""Levinson and Durbin's recursion for a symmetric Toeplitz system."""

import numpy as np

SIZE = 9
TOLERANCE = 1e-12  # each step divides by what the steps before it left


def arguments(rng, size):
    return (rng.random(size) * 0.5 ** np.arange(1, size + 1),)


def program(r):
    y = np.empty_like(r)
    alpha, beta = -r[0], 1.0
    y[0] = alpha
    for k in range(1, len(r)):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y
