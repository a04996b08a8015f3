"""Lorenz' equations from many starts, by Runge and Kutta's method."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 20_000, "L": 1_000_000}


def arguments(rng, size):
    return rng.normal(size=(3, size)), 10


def slope(state, sigma=10.0, rho=28.0, beta=8.0 / 3.0):
    x, y, z = state
    return np.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def program(state, steps, dt=0.01):
    for _ in range(steps):
        k1 = slope(state)
        k2 = slope(state + 0.5 * dt * k1)
        k3 = slope(state + 0.5 * dt * k2)
        k4 = slope(state + dt * k3)
        state = state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return state, state.mean(axis=1)
