"""Convolution of a batch of images with some filters, and a bias."""

import numpy as np

SIZE = 5
TOLERANCE = 1e-13  # sums over the window, in another order


def arguments(rng, size):
    images = rng.random((2, size, size + 1, 3))
    return images, rng.random((3, 3, 3, 4)), rng.random(4)


def program(images, weights, bias):
    k = weights.shape[0]
    n, height, width, _ = images.shape
    out = np.empty((n, height - k + 1, width - k + 1, weights.shape[3]))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            window = images[:, i : i + k, j : j + k, :, np.newaxis]
            out[:, i, j, :] = np.sum(window * weights, axis=(1, 2, 3))
    return out + bias
