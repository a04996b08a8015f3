"""A residual block: three convolutions, each normalized, and a shortcut."""

import numpy as np

SIZE = 5
TOLERANCE = 1e-12  # products of matrices in another order, divided by deviations


def arguments(rng, size):
    x = rng.random((2, size, size, 6))
    weights = [
        rng.normal(size=shape) for shape in ((1, 1, 6, 3), (3, 3, 3, 3), (1, 1, 3, 6))
    ]
    return x, weights


def convolve(x, weights):
    k = weights.shape[0]
    height, width = x.shape[1] - k + 1, x.shape[2] - k + 1
    total = np.zeros((len(x), height, width, weights.shape[3]))
    for i in range(k):
        for j in range(k):
            total += x[:, i : i + height, j : j + width] @ weights[i, j]
    return total


def normalize(x, eps=1e-5):
    mean = x.mean(axis=0, keepdims=True)
    deviation = x.std(axis=0, keepdims=True)
    return (x - mean) / np.sqrt(deviation + eps)


def program(x, weights):
    first, second, third = weights
    padded = np.zeros((len(x), x.shape[1] + 2, x.shape[2] + 2, first.shape[3]))
    padded[:, 1:-1, 1:-1] = np.maximum(normalize(convolve(x, first)), 0)
    y = np.maximum(normalize(convolve(padded, second)), 0)
    y = normalize(convolve(y, third)) + x
    np.maximum(y, 0, out=y)
    return y
