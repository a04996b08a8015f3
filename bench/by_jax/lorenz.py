"""Lorenz' equations from many starts, by Runge and Kutta's method."""

import jax
import jax.numpy as jnp

DT = 0.01


def slope(state, sigma=10.0, rho=28.0, beta=8.0 / 3.0):
    x, y, z = state
    return jnp.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


@jax.jit
def by_jax(state, steps):
    def step(_, state):
        k1 = slope(state)
        k2 = slope(state + 0.5 * DT * k1)
        k3 = slope(state + 0.5 * DT * k2)
        k4 = slope(state + DT * k3)
        return state + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    state = jax.lax.fori_loop(0, steps, step, state)
    return state, state.mean(axis=1)
