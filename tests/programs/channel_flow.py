"""Flow through a periodic channel under a force, until it hardly changes."""

import numpy as np

SIZE = 8
# The sums that decide on going on are taken in another order.
TOLERANCE = 1e-13


def arguments(rng, size):
    return np.zeros((size, size + 2)), 0.01 * rng.random((size, size + 2)), 1.0


def east(a):
    return np.roll(a, -1, axis=1)


def west(a):
    return np.roll(a, 1, axis=1)


def moved(w, u, v, dt, d, viscosity):
    inner = (slice(1, -1), slice(None))
    return (
        w[inner]
        - u[inner] * dt / d * (w - west(w))[inner]
        - v[inner] * dt / d * (w[1:-1] - w[:-2])
        + viscosity
        * dt
        / d**2
        * (east(w)[inner] + west(w)[inner] + w[2:] + w[:-2] - 4 * w[inner])
    )


def program(u, v, force, dt=0.01, d=0.5, viscosity=0.1):
    steps, change = 0, 1.0
    while change > 0.1:
        un, vn = u.copy(), v.copy()
        u[1:-1] = moved(un, un, vn, dt, d, viscosity) + force * dt
        v[1:-1] = moved(vn, un, vn, dt, d, viscosity)
        u[0] = u[-1] = v[0] = v[-1] = 0
        change = (np.sum(u) - np.sum(un)) / np.sum(u)
        steps += 1
    return steps, change
