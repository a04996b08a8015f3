"""Implicit vertical advection: a tridiagonal system in each column of the air."""

import numpy as np

SIZE = 6


def arguments(rng, size):
    u, u_pos, wind, tendency = rng.random((4, size, size - 1, size))
    return u, u_pos, wind + 0.1, tendency, 3.0 / 20.0


def program(u, u_pos, wind, tendency, dtr):
    levels = u.shape[2]
    c, d = np.empty_like(u), np.empty_like(u)
    gradient = 0.25 * (wind + np.roll(wind, 1, axis=0))
    for k in range(levels):
        below = gradient[:, :, k] if k > 0 else 0.0
        above = gradient[:, :, k + 1] if k < levels - 1 else 0.0
        down = u[:, :, k - 1] if k > 0 else u[:, :, k]
        up = u[:, :, k + 1] if k < levels - 1 else u[:, :, k]
        correction = below * (down - u[:, :, k]) - above * (up - u[:, :, k])
        a = -0.5 * below
        b = dtr + 0.5 * (below - above)
        right = dtr * u_pos[:, :, k] + tendency[:, :, k] + 0.5 * correction
        if k > 0:
            divided = 1.0 / (b - c[:, :, k - 1] * a)
            d[:, :, k] = (right - d[:, :, k - 1] * a) * divided
        else:
            divided = 1.0 / b
            d[:, :, k] = right * divided
        c[:, :, k] = 0.5 * above * divided
    for k in reversed(range(levels - 1)):
        d[:, :, k] -= c[:, :, k] * d[:, :, k + 1]
    tendency[...] = dtr * (d - u_pos)
    return d
