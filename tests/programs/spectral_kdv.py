"""Korteweg and de Vries' equation by Fourier modes and an integrating factor."""

import numpy as np

SIZE = 16
TOLERANCE = 1e-12  # Fourier transforms by another algorithm, step after step


def arguments(rng, size):
    x = np.linspace(-np.pi, np.pi, size, endpoint=False)
    return np.cos(x) + 0.1 * rng.random(size), 1e-3, 4


def program(u, dt, steps):
    k = np.fft.fftfreq(u.size, 1 / u.size)
    half = np.exp(0.5j * k**3 * dt)
    keep = np.abs(k) < u.size / 3

    def slope(modes):
        return -0.5j * k * np.fft.fft(np.fft.ifft(modes * keep).real ** 2)

    modes = np.fft.fft(u)
    for _ in range(steps):
        middle = half * (modes + 0.5 * dt * slope(modes))
        modes = half * half * modes + dt * half * slope(middle)
    u[:] = np.fft.ifft(modes).real
    return modes
