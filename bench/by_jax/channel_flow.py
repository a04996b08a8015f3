"""Flow through a periodic channel under a force, until it hardly changes."""

import jax
import jax.numpy as jnp

DT, D, VISCOSITY = 0.01, 0.5, 0.1


def moved(w, u, v):
    east, west = jnp.roll(w, -1, axis=1), jnp.roll(w, 1, axis=1)
    return (
        w[1:-1]
        - u[1:-1] * DT / D * (w - west)[1:-1]
        - v[1:-1] * DT / D * (w[1:-1] - w[:-2])
        + VISCOSITY
        * DT
        / D**2
        * (east[1:-1] + west[1:-1] + w[2:] + w[:-2] - 4 * w[1:-1])
    )


@jax.jit
def by_jax(u, v, force):
    def step(state):
        u, v, steps, _ = state
        new_u = jnp.pad(moved(u, u, v) + force * DT, ((1, 1), (0, 0)))
        new_v = jnp.pad(moved(v, u, v), ((1, 1), (0, 0)))
        change = (jnp.sum(new_u) - jnp.sum(u)) / jnp.sum(new_u)
        return new_u, new_v, steps + 1, change

    return jax.lax.while_loop(lambda state: state[3] > 0.1, step, (u, v, 0, 1.0))
