"""Normalization of a batch of images by channel; running statistics in place."""

import numpy as np

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 8, "M": 64, "L": 200}


def arguments(rng, size):
    x = rng.normal(size=(16, 16, size, size)).astype(np.float32)
    scale, shift = rng.random((2, 16), dtype=np.float32)
    return x, scale, shift, np.zeros(16, np.float32), np.ones(16, np.float32)


def program(x, scale, shift, running_mean, running_variance, momentum=0.1):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    running_mean += momentum * (mean.ravel() - running_mean)
    running_variance += momentum * (variance.ravel() - running_variance)
    x = (x - mean) / np.sqrt(variance + 1e-5)
    return np.maximum(x * scale[:, None, None] + shift[:, None, None], 0)


def observed(args, result):
    return *args[3:], result


TOLERANCE = 1e-4  # float32, and means of 16,000 numbers in another order
