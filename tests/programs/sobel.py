"""Edges of a grey image: Sobel's operator, a threshold, and the thinning of lines."""

import numpy as np

SIZE = 10


def arguments(rng, size):
    return rng.integers(0, 256, (size, size + 1), dtype=np.uint8), 120


def program(image, threshold):
    grey = np.pad(image, 1, mode="edge").astype(np.int32)
    smooth_rows = grey[:-2] + 2 * grey[1:-1] + grey[2:]
    smooth_columns = grey[:, :-2] + 2 * grey[:, 1:-1] + grey[:, 2:]
    gx = smooth_rows[:, 2:] - smooth_rows[:, :-2]
    gy = smooth_columns[2:] - smooth_columns[:-2]
    size = np.sqrt((gx * gx + gy * gy).astype(np.float64))
    thin = np.zeros(size.shape, dtype=bool)
    horizontal = np.abs(gx) > np.abs(gy)
    inner = size[1:-1, 1:-1]
    thin[1:-1, 1:-1] = np.where(
        horizontal[1:-1, 1:-1],
        (inner >= size[1:-1, :-2]) & (inner > size[1:-1, 2:]),
        (inner >= size[:-2, 1:-1]) & (inner > size[2:, 1:-1]),
    )
    image[~thin | (size < threshold)] = 0
    return size.clip(0, 255).astype(np.uint8), thin.sum()
