"""A filtered signal's spectrum over time: windowed frames, each transformed."""

import numpy as np

SIZE = 64
TOLERANCE = 1e-13  # Fourier transforms by another algorithm


def arguments(rng, size):
    t = np.arange(size)
    return np.sin(0.3 * t) + 0.1 * rng.normal(size=size), 16, 4


def low_pass(x, taps):
    """Filter by a windowed sinc, tap by tap."""
    n = np.arange(taps) - (taps - 1) / 2
    weights = np.sinc(0.4 * n) * np.hamming(taps)
    weights /= weights.sum()
    out = np.zeros(len(x) - taps + 1)
    for k, weight in enumerate(weights):
        out += weight * x[k : k + len(out)]
    return out


def program(x, width, hop):
    x = low_pass(x, 9)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width)
    starts = np.arange(0, len(x) - width + 1, hop)
    frames = x[starts[:, None] + np.arange(width)] * window
    spectrum = np.fft.rfft(frames, axis=1)
    power = np.abs(spectrum) ** 2
    return spectrum, 10 * np.log10(power + 1e-10), power.argmax(axis=1)
