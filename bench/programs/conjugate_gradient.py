"""A symmetric system by conjugate gradients, until the residual is small."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 50, "M": 800, "L": 4000}


def arguments(rng, size):
    root = rng.normal(size=(size, size)) / np.sqrt(size)
    return root @ root.T + 2.0 * np.eye(size), rng.normal(size=size)


def program(a, b, tolerance=1e-8):
    x = np.zeros_like(b)
    residual = b - a @ x
    direction = residual.copy()
    square = residual @ residual
    steps = 0
    while np.sqrt(square) > tolerance:
        image = a @ direction
        alpha = square / (direction @ image)
        x += alpha * direction
        residual -= alpha * image
        before, square = square, residual @ residual
        direction = residual + square / before * direction
        steps += 1
    return x, steps
