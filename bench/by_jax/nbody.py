"""Bodies under gravity, each pair of them, in place."""

import jax
import jax.numpy as jnp


@jax.jit
def by_jax(position, velocity, mass, steps):
    dt = 1e-3

    def step(_, state):
        position, velocity = state
        offset = position[None, :, :] - position[:, None, :]
        distance2 = (offset**2).sum(axis=-1) + 1e-2
        pull = mass / (distance2 * jnp.sqrt(distance2))
        velocity += dt * (offset * pull[:, :, None]).sum(axis=1)
        return position + dt * velocity, velocity

    position, velocity = jax.lax.fori_loop(0, steps, step, (position, velocity))
    energy = 0.5 * (mass * (velocity**2).sum(axis=-1)).sum()
    return position, velocity, energy
