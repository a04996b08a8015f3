"""An image convolved with a bell, by Fourier transforms in two dimensions."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 64, "M": 700, "L": 3000}


def arguments(rng, size):
    return rng.random((size, size)), 4.0


def program(image, width):
    y = np.fft.fftfreq(image.shape[0])[:, np.newaxis]
    x = np.fft.rfftfreq(image.shape[1])
    bell = np.exp(-2 * (np.pi * width) ** 2 * (x**2 + y**2))
    return np.fft.irfft2(np.fft.rfft2(image) * bell, s=image.shape)
