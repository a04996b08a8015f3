"""A small network for images: two convolutions with pooling, then dense layers."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SIZE = 12
TOLERANCE = 1e-6  # float32, sums of many terms in another order


def arguments(rng, size):
    side = ((size - 2) // 2 - 2) // 2
    shapes = {
        "conv1": (3, 3, 1, 3),
        "conv2": (3, 3, 3, 4),
        "dense": (side * side * 4, 6),
        "last": (6, 3),
    }
    weights = {
        name: rng.normal(0.0, 0.3, shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    return rng.random((2, size, size, 1), dtype=np.float32), weights


def convolve(x, weights):
    windows = sliding_window_view(x, weights.shape[:2], axis=(1, 2))
    return np.tensordot(windows, weights, axes=((4, 5, 3), (0, 1, 2)))


def relu(x):
    return np.maximum(x, 0)


def max_pool(x):
    n, height, width, channels = x.shape
    x = x[:, : height // 2 * 2, : width // 2 * 2]
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def program(x, weights):
    x = max_pool(relu(convolve(x, weights["conv1"])))
    x = max_pool(relu(convolve(x, weights["conv2"])))
    x = relu(x.reshape(len(x), -1) @ weights["dense"])
    return x @ weights["last"]
