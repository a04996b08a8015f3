"""Wiener's adaptive filter: local mean and variance by running sums."""

import numpy as np

SIZE = 9
TOLERANCE = 1e-12  # differences of running sums, added in another order


def arguments(rng, size):
    return rng.random((size, size + 2)), 3


def box(a, width):
    """Sum over a window around each element, zero outside."""
    half = width // 2
    total = np.pad(a, ((half + 1, half), (half + 1, half))).cumsum(0).cumsum(1)
    return (
        total[width:, width:]
        - total[:-width, width:]
        - total[width:, :-width]
        + total[:-width, :-width]
    )


def program(image, width):
    mean = box(image, width) / width**2
    variance = box(image**2, width) / width**2 - mean**2
    noise = np.mean(variance)
    result = image - mean
    result *= 1 - noise / np.maximum(variance, 1e-3)
    result += mean
    quiet = variance < noise
    result[quiet] = mean[quiet]
    return result
