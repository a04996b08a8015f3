"""A colour image blurred along rows and columns, tap by tap."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 30, "M": 400, "L": 2000}


def arguments(rng, size):
    return rng.integers(0, 256, (size, size, 3), dtype=np.uint8), 2.0


def program(image, width):
    radius = int(3 * width)
    x = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (x / width) ** 2)
    weights /= weights.sum()
    smooth = image.astype(np.float64)
    for axis in (0, 1):
        margins = [(0, 0)] * 3
        margins[axis] = (radius, radius)
        wide = np.moveaxis(np.pad(smooth, margins, mode="edge"), axis, 0)
        total = np.zeros((image.shape[axis], *wide.shape[1:]))
        for k, weight in enumerate(weights):
            total += weight * wide[k : k + len(total)]
        smooth = np.moveaxis(total, 0, axis)
    return smooth, np.rint(smooth).astype(np.uint8)
