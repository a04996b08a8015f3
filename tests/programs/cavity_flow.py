"""Flow in a box whose lid moves: pressure by iteration, then the velocities."""

import numpy as np

SIZE = 9


def arguments(rng, size):
    u, v, p = 0.1 * rng.random((3, size, size))
    return u, v, p, 3


def divergence(b, u, v, dt, d):
    across = (u[1:-1, 2:] - u[1:-1, :-2]) / (2 * d)
    down = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * d)
    shear = ((u[2:, 1:-1] - u[:-2, 1:-1]) / (2 * d)) * (
        (v[1:-1, 2:] - v[1:-1, :-2]) / (2 * d)
    )
    b[1:-1, 1:-1] = (across + down) / dt - across * across - 2 * shear - down * down


def relax_pressure(p, b, d, iterations=4):
    for _ in range(iterations):
        old = p.copy()
        around = old[1:-1, 2:] + old[1:-1, :-2] + old[2:, 1:-1] + old[:-2, 1:-1]
        p[1:-1, 1:-1] = around / 4 - d * d / 4 * b[1:-1, 1:-1]
        p[:, -1], p[:, 0] = p[:, -2], p[:, 1]
        p[0], p[-1] = p[1], 0.0


def advance(w, old, u, v, slope, dt, d, viscosity):
    """Move one component `w` of the velocity, given that of the step before."""
    inner = old[1:-1, 1:-1]
    w[1:-1, 1:-1] = (
        inner
        - u[1:-1, 1:-1] * dt / d * (inner - old[1:-1, :-2])
        - v[1:-1, 1:-1] * dt / d * (inner - old[:-2, 1:-1])
        - dt / (2 * d) * slope
        + viscosity
        * dt
        / d**2
        * (old[1:-1, 2:] + old[1:-1, :-2] + old[2:, 1:-1] + old[:-2, 1:-1] - 4 * inner)
    )


def program(u, v, p, steps, dt=1e-3, viscosity=0.1):
    d = 2.0 / (len(u) - 1)
    b = np.zeros_like(p)
    for _ in range(steps):
        un, vn = u.copy(), v.copy()
        divergence(b, u, v, dt, d)
        relax_pressure(p, b, d)
        advance(u, un, un, vn, p[1:-1, 2:] - p[1:-1, :-2], dt, d, viscosity)
        advance(v, vn, un, vn, p[2:, 1:-1] - p[:-2, 1:-1], dt, d, viscosity)
        for w in (u, v):
            w[0] = w[:, 0] = w[:, -1] = 0.0
        u[-1], v[-1] = 1.0, 0.0
